// Questions with rows: statements rated on one scale, once or twice, and shares that add up to 100.
// The heads of the columns stand above for the eye; each answer carries its own words for those who
// listen, and for narrow screens, where the columns become lists.

function ratingGrid(question) {
  const options = optionsOf(question);
  const head = make(
    "div",
    { class: "head", "aria-hidden": "true" },
    make("span", { class: "corner" }),
    options.map((option) =>
      make("span", { class: option.missing ? "missing" : null }, local(option.text)),
    ),
  );
  const grid = make("div", { class: "grid" }, head);
  grid.style.setProperty("--options", options.length);
  grid.append(...question.items.map((item) => ratingRow(question, item)));
  return grid;
}

function ratingRow(question, item) {
  const statement = make("p", { class: "statement", id: `text-${item.id}` }, local(item.text));
  const ratings = item.columns.map((column, k) => rating(question, item, column, k));
  const kind = question.headings.length ? "row twice" : "row";
  return make("div", { class: kind, id: `row-${item.id}` }, statement, ratings);
}

// One answer to a statement; where there are two, each has its heading in its name.
function rating(question, item, column, k) {
  const heading = question.headings[k];
  const headingId = `heading-${column}`;
  const labels = heading ? `text-${item.id} ${headingId}` : `text-${item.id}`;
  const group = radios(question, column, labels);
  group.setAttribute("aria-describedby", described(question, column));
  const name = heading ? `${local(item.text)}, ${local(heading)}` : local(item.text);
  const withdraw = clearButton(column, { "aria-label": `${say("clear")}: ${name}` });
  return make(
    "div",
    { class: "rating" },
    heading ? make("p", { class: "heading", id: headingId }, local(heading)) : null,
    group,
    withdraw,
    messageOf(column, [group], group.querySelector("input")),
  );
}

function shareGrid(question) {
  const headings = question.headings.length ? question.headings : [null];
  const head = make(
    "div",
    { class: "head", "aria-hidden": "true" },
    make("span", { class: "corner" }),
    headings.map((heading) => make("span", {}, heading ? local(heading) : "")),
  );
  const grid = make("div", { class: "shares-grid" }, head);
  grid.style.setProperty("--headings", headings.length);
  const sums = headings.map((heading, k) => sumElement(question, heading, k));
  grid.append(...question.items.map((item) => shareRow(question, item, headings)));
  grid.append(make("div", { class: "row sums" }, make("span", { class: "corner" }), sums));
  return grid;
}

function shareRow(question, item, headings) {
  const statement = make("p", { class: "statement", id: `text-${item.id}` }, local(item.text));
  const inputs = headings.map((heading, k) => shareField(question, item, heading, k));
  return make("div", { class: "row", id: `row-${item.id}` }, statement, inputs);
}

function shareField(question, item, heading, k) {
  const column = item.columns[k];
  const headingId = `heading-${column}`;
  const input = make("input", {
    type: "text",
    id: `field-${column}`,
    class: "number",
    inputmode: "decimal",
    autocomplete: "off",
    value: state.answers.get(column) ?? "",
    "aria-labelledby": heading ? `text-${item.id} ${headingId}` : `text-${item.id}`,
    "aria-describedby": described(question, column, `message-${sumField(question, k)}`),
    "aria-required": question.required ? "true" : null,
    oninput: (event) => answer(column, event.target.value, sumField(question, k)),
  });
  return make(
    "div",
    { class: "share" },
    heading ? make("p", { class: "heading", id: headingId }, local(heading)) : null,
    input,
    messageOf(column, [input], input),
  );
}

function sumElement(question, heading, k) {
  const columns = question.items.map((item) => item.columns[k]);
  const total = make("span", { "data-sums": columns.join(" ") });
  const name = heading ? make("span", { class: "heading" }, `${local(heading)}: `) : null;
  const field = sumField(question, k);
  const first = () => columns.map((column) => fields.get(column).focused).find(isShown);
  return make(
    "div",
    { class: "share" },
    make("p", { class: "total", role: "status" }, name, total),
    messageOf(field, [], first),
  );
}

function isShown(element) {
  return element.offsetParent !== null;
}

// Write each total anew, of the rows that are shown.
function tellSums(given) {
  for (const total of document.querySelectorAll("[data-sums]")) {
    const codes = total.dataset.sums.split(" ").map((column) => given.get(column) ?? null);
    const told = say("total", { sum: asTyped(sumOf(codes)) });
    if (total.textContent !== told) total.textContent = told;
  }
}
