// One question as elements: heading, help, what is filled in, and the place for messages.

const MOST_BUTTONS = 12; // beyond these, answers are chosen from a list that folds out

const BODIES = {
  single: (question) => oneChoice(question),
  multiple: (question) => ticks(question),
  matrix: (question) => ratingGrid(question),
  dual: (question) => ratingGrid(question),
  shares: (question) => shareGrid(question),
  count: (question) => numberField(question),
  number: (question) => numberField(question),
  short_text: (question) => textField(question, "input"),
  long_text: (question) => textField(question, "textarea"),
};

function questionElement(question) {
  const attributes = { class: `question ${question.kind}`, id: `question-${question.code}` };
  if (question.kind === "display") {
    return make("div", attributes, paragraphs(local(question.text)), helpOf(question));
  }
  const heading = make("h2", { id: `text-${question.code}` }, local(question.text));
  if (question.required) heading.append(make("span", { class: "required" }, ` (${say("required")})`));
  return make("section", attributes, heading, helpOf(question), BODIES[question.kind](question));
}

function helpOf(question) {
  if (question.help === null) return null;
  return make("div", { class: "help", id: `help-${question.code}` }, paragraphs(local(question.help)));
}

// Return the ids of what describes a field: its help, more that is passed on, and its message.
function described(question, field, ...more) {
  const help = question.help === null ? [] : [`help-${question.code}`];
  return [...help, ...more, `message-${field}`].join(" ");
}

function oneChoice(question) {
  const [column] = question.items[0].columns;
  const many = optionsOf(question).length > MOST_BUTTONS;
  const group = many ? foldedOut(question, column) : radios(question, column, `text-${question.code}`);
  const message = messageOf(column, [group], group.querySelector("input") ?? group);
  group.setAttribute("aria-describedby", described(question, column));
  return [group, many ? null : clearButton(column), message];
}

// Return the answers to choose from as a group of radio buttons, named by the ids in `labels`.
function radios(question, column, labels) {
  const attributes = {
    role: "radiogroup",
    class: "options",
    "aria-labelledby": labels,
    "aria-required": question.required ? "true" : null,
    onkeydown: (event) => clearByKey(event, column),
  };
  const options = optionsOf(question).map((option) => {
    const input = make("input", {
      type: "radio",
      name: column,
      value: option.code,
      checked: state.answers.get(column) === option.code,
      onchange: () => answer(column, option.code),
    });
    return optionLabel(option, input);
  });
  return make("div", attributes, options);
}

function optionLabel(option, input) {
  const kind = option.missing ? "option missing" : "option";
  return make("label", { class: kind }, input, make("span", {}, local(option.text)));
}

function foldedOut(question, column) {
  const options = optionsOf(question).map((option) =>
    make(
      "option",
      { value: option.code, selected: state.answers.get(column) === option.code },
      local(option.text),
    ),
  );
  return make(
    "select",
    {
      id: `field-${column}`,
      "aria-labelledby": `text-${question.code}`,
      "aria-required": question.required ? "true" : null,
      onchange: (event) => answer(column, event.target.value),
    },
    make("option", { value: "" }, say("choose")),
    options,
  );
}

// An answer can be withdrawn: by this button, or by the Delete key, so that the Tab key need not stop here.
function clearButton(column, more = {}) {
  const words = make("span", { class: "words" }, say("clear"));
  const element = button(words, () => clear(column), {
    class: "clear",
    tabindex: "-1",
    "data-clears": column,
    ...more,
  });
  element.prepend(make("span", { class: "cross", "aria-hidden": "true" }, "×"));
  return element;
}

function clearByKey(event, column) {
  if (event.key !== "Delete" && event.key !== "Backspace") return;
  event.preventDefault();
  clear(column);
}

function clear(column) {
  const inputs = document.getElementsByName(column);
  for (const input of inputs) input.checked = false;
  answer(column, "");
  inputs[0].focus();
}

function ticks(question) {
  const [item] = question.items;
  const tickable = optionsOf(question).filter((option) => !option.missing);
  const options = tickable.map((option) => {
    const column = `${item.id}_${option.code}`;
    const input = make("input", {
      type: "checkbox",
      name: column,
      checked: state.answers.get(column) === "1",
      onchange: (event) => answer(column, event.target.checked ? "1" : "", item.id),
    });
    return optionLabel(option, input);
  });
  const attributes = {
    role: "group",
    class: "options",
    "aria-labelledby": `text-${question.code}`,
    "aria-describedby": described(question, item.id),
  };
  const group = make("div", attributes, options);
  return [group, messageOf(item.id, [], group.querySelector("input"))];
}

// A number, and a box to tick for each answer that is none ("I do not know").
function numberField(question) {
  const [column] = question.items[0].columns;
  const codes = optionsOf(question).map((option) => option.code);
  const typed = state.answers.get(column) ?? "";
  const input = make("input", {
    type: "text",
    id: `field-${column}`,
    class: "number",
    inputmode: question.kind === "count" && (question.minimum ?? 0) >= 0 ? "numeric" : "text",
    autocomplete: "off",
    value: codes.includes(typed) ? "" : typed,
    "aria-labelledby": `text-${question.code}`,
    "aria-describedby": described(question, column, `range-${column}`),
    "aria-required": question.required ? "true" : null,
    oninput: (event) => answer(column, event.target.value),
  });
  const range = make("span", { class: "range", id: `range-${column}` }, rangeOf(question));
  const boxes = optionsOf(question).map((option) => noNumber(option, column, input));
  return [
    make("div", { class: "line" }, input, range),
    boxes.length ? make("div", { class: "options" }, boxes) : null,
    messageOf(column, [input], input),
  ];
}

function rangeOf(question) {
  const { low, high } = bounds(question);
  return question.maximum === null ? say("from", { low }) : say("from_to", { low, high });
}

function noNumber(option, column, input) {
  const box = make("input", {
    type: "checkbox",
    checked: state.answers.get(column) === option.code,
    "data-answers": column,
    "data-code": option.code,
    "aria-describedby": input.getAttribute("aria-labelledby"),
    onchange: (event) => {
      input.value = "";
      answer(column, event.target.checked ? option.code : "");
    },
  });
  return optionLabel(option, box);
}

function textField(question, tag) {
  const [column] = question.items[0].columns;
  const left = make("p", { class: "left", id: `left-${column}` });
  const input = make(tag, {
    type: tag === "input" ? "text" : null,
    rows: tag === "textarea" ? "5" : null,
    id: `field-${column}`,
    autocomplete: "off",
    "aria-labelledby": `text-${question.code}`,
    "aria-describedby": described(question, column, `left-${column}`),
    "aria-required": question.required ? "true" : null,
    oninput: (event) => {
      answer(column, event.target.value);
      tellLength(question, event.target.value, left);
    },
  });
  input.value = state.answers.get(column) ?? "";
  tellLength(question, input.value, left);
  return [input, left, messageOf(column, [input], input)];
}

// Say how many characters are left, from when a tenth of them is.
function tellLength(question, text, place) {
  const left = question.longest - lengthOf(text);
  if (left > question.longest / 10) place.textContent = "";
  else if (left >= 0) place.textContent = say("left", { left });
  else place.textContent = say("over", { over: -left });
}
