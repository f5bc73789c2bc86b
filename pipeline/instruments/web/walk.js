// What happens: someone answers, turns a page, changes the language, stops, saves.

const root = document.getElementById("page");

function show() {
  root.replaceChildren(...pageElement());
  const { code, direction } = content.languages.find((each) => each.code === state.language);
  document.documentElement.lang = code;
  document.documentElement.dir = direction;
  nameThePage();
  if (content.sections[page]) refresh();
}

function nameThePage(prefix = "") {
  const heading = root.querySelector("h1").textContent;
  const study = local(content.title);
  document.title = prefix + (heading === study ? study : `${heading} – ${study}`);
}

// Note an answer; messages about it go away. `more` is another field that it has to do with.
function answer(column, typed, more = column) {
  if (typed === "") state.answers.delete(column);
  else state.answers.set(column, typed);
  state.saved = false;
  for (const field of [column, more]) if (fields.has(field)) hideMessage(field);
  keepSoon();
  refresh();
}

// Bring the page in line with the answers: what is asked, which answers can be withdrawn, totals.
function refresh() {
  const section = content.sections[page];
  const found = meant(state.answers);
  for (const question of section.questions) {
    hide(`question-${question.code}`, !found.questions.has(question.code));
    for (const item of question.items) hide(`row-${item.id}`, !found.items.has(item.id));
  }
  for (const each of root.querySelectorAll("[data-clears]")) {
    each.hidden = !state.answers.has(each.dataset.clears);
  }
  for (const box of root.querySelectorAll("[data-answers]")) {
    box.checked = state.answers.get(box.dataset.answers) === box.dataset.code;
  }
  tellSums(found.given);
}

function hide(id, hidden) {
  const element = document.getElementById(id);
  if (element) element.hidden = hidden;
}

// Return the page after this one, or before it, past the sections that are not meant for this person.
function neighbour(step) {
  const { sections } = meant(state.answers);
  let other = page + step;
  while (other > START && other < SAVE && !sections.has(content.sections[other].id)) other += step;
  return other;
}

// Show a page, and note where to go on from if the tab is closed here.
function turnTo(target) {
  page = target;
  const section = content.sections[page];
  startClock(section?.id ?? null);
  if (section) Object.assign(state, { at: page, saved: false, submitted: null });
  if (state.started !== null) keep();
  show();
  window.scrollTo(0, 0);
  root.querySelector("h1").focus();
}

// Turn to a page so that the browser's own way back leads here again.
function goTo(target) {
  history.pushState(target, "");
  turnTo(target);
}

// The browser's way back and forth goes to pages that were reached, and to no other.
function onHistory(event) {
  const target = event.state ?? START;
  const { sections } = meant(state.answers);
  const isOpen = target <= state.reached && sections.has(content.sections[target]?.id);
  if (target === START || isOpen || (target === SAVE && state.submitted !== null)) turnTo(target);
}

function begin() {
  state.started ??= new Date().toISOString();
  goTo(state.at);
}

function goBack() {
  goTo(page === SAVE && state.submitted === null ? state.at : neighbour(-1));
}

function submitSection(event) {
  event.preventDefault();
  const section = content.sections[page];
  const faults = faultsOf(section);
  showFaults(faults);
  if (faults.length) return;
  const { items } = meant(state.answers);
  for (const item of section.questions.flatMap((question) => question.items)) {
    if (items.has(item.id)) for (const column of item.columns) state.shown.add(column);
  }
  const next = neighbour(1);
  state.reached = Math.max(state.reached, next);
  if (next === SAVE) finish();
  goTo(next);
}

function finish() {
  state.at = SAVE;
  state.submitted = new Date().toISOString();
}

function showFaults(faults) {
  for (const field of fields.keys()) hideMessage(field);
  for (const fault of faults) showMessage(fault);
  const place = document.getElementById("summary");
  place.replaceChildren(...(faults.length ? [summaryElement(faults)] : []));
  nameThePage(faults.length ? `${say("error")}: ` : "");
  if (faults.length) focusField(faults[0].field);
}

function focusField(field) {
  const { focused } = fields.get(field);
  const element = typeof focused === "function" ? focused() : focused;
  element.focus();
  element.closest(".row, .question").scrollIntoView({ block: "center" });
}

function speak(language) {
  const hadFaults = document.getElementById("summary")?.hasChildNodes();
  state.language = language;
  if (state.started !== null) keep();
  show();
  if (hadFaults) showFaults(faultsOf(content.sections[page]));
  root.querySelector(`[data-language="${language}"]`).focus();
}

// Stop before the end: the pages that were submitted can be saved.
function stopHere() {
  history.pushState(SAVE, "");
  startClock(null);
  page = SAVE;
  show();
  root.querySelector("h1").focus();
}

// Save the answers as a file, unless a submitted page was changed into something that is not right.
function save() {
  const wrong = content.sections.findIndex((section) => faultsOfSubmitted(section).length);
  if (wrong >= 0) {
    goTo(wrong);
    showFaults(faultsOf(content.sections[wrong]));
    return;
  }
  download();
  state.saved = true;
  keep();
  show();
  root.querySelector("h1").focus();
}

function faultsOfSubmitted(section) {
  const columns = section.questions.flatMap(({ items }) => items.flatMap((item) => item.columns));
  return columns.some((column) => state.shown.has(column)) ? faultsOf(section) : [];
}

function startAgain(dialog) {
  dialog.close();
  forget();
  goTo(START);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) pauseClock();
  else resumeClock();
  if (state.started !== null) keep();
});
window.addEventListener("popstate", onHistory);
window.addEventListener("beforeunload", (event) => {
  if (!keeps && state.started !== null && !state.saved) event.preventDefault();
});
history.replaceState(START, "");
show();
