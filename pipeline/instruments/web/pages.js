// The pages: the first one, one a section, and the one on which answers are saved.

function pageElement() {
  fields.clear();
  const section = content.sections[page];
  const main = section ? sectionPage(section) : page === START ? startPage() : savePage();
  return [header(), main];
}

function header() {
  const title = page === START ? "" : local(content.title);
  const languages = content.languages.length > 1 ? languageButtons() : null;
  return make("header", {}, make("div", { class: "bar" }, make("p", { class: "study" }, title), languages), progress());
}

function languageButtons() {
  const buttons = content.languages.map(({ code, name }) =>
    button(name, () => speak(code), {
      lang: code,
      "data-language": code,
      "aria-pressed": code === state.language ? "true" : "false",
    }),
  );
  return make("div", { class: "languages", role: "group", "aria-label": say("language") }, buttons);
}

function progress() {
  if (page === START) return null;
  const done = Math.round((100 * Math.min(page, state.reached)) / content.sections.length);
  const words = say("progress", { percent: done });
  const bar = make("progress", { value: done, max: 100, "aria-label": words });
  return make("div", { class: "progress" }, bar, make("span", { "aria-hidden": "true" }, words));
}

// The heading takes the focus when its page comes, so that a screen reader starts there.
function pageHeading(text) {
  return make("h1", { tabindex: "-1" }, text);
}

function startPage() {
  const began = state.started !== null;
  const welcome = content.welcome ? paragraphs(local(content.welcome)) : [];
  return make(
    "main",
    { class: "start" },
    pageHeading(local(content.title)),
    began ? resumeNote() : null,
    welcome,
    whereAnswersGo(),
    make("p", { class: "quiet" }, say("withdraw")),
    make(
      "div",
      { class: "steps" },
      button(say(began ? "continue" : "start"), begin, { class: "main" }),
      began ? button(say("start_again"), askToErase) : null,
    ),
  );
}

function resumeNote() {
  const when = new Date(state.started).toLocaleString(state.language, {
    dateStyle: "long",
    timeStyle: "short",
  });
  return make("div", { class: "note" }, make("p", {}, say("resume", { when })));
}

function whereAnswersGo() {
  return make(
    "section",
    { class: "panel" },
    make("h2", {}, say("where_title")),
    paragraphs(say("where")),
    keeps ? null : make("p", { class: "warning" }, say("not_kept")),
  );
}

function sectionPage(section) {
  const form = make(
    "form",
    { novalidate: true, onsubmit: submitSection },
    make("div", { id: "summary" }),
    section.questions.map(questionElement),
    make(
      "div",
      { class: "steps" },
      make("button", { type: "submit", class: "main" }, say("next")),
      button(say("back"), goBack),
    ),
  );
  return make(
    "main",
    { "data-section": section.id },
    pageHeading(local(section.title)),
    section.intro ? make("div", { class: "intro" }, paragraphs(local(section.intro))) : null,
    form,
    make(
      "footer",
      {},
      keeps ? null : make("p", { class: "warning" }, say("not_kept")),
      state.reached > 0 ? button(say("stop"), stopHere, { class: "link" }) : null,
    ),
  );
}

// The page for saving: at the end, or for who stops earlier; then what to do with the file.
function savePage() {
  const finished = state.submitted !== null;
  const heading = state.saved ? "saved_title" : finished ? "save_title" : "stop_title";
  const told = state.saved ? savedNote() : paragraphs(say(finished ? "save" : "stop_note"));
  return make(
    "main",
    { class: "save" },
    pageHeading(say(heading)),
    state.saved && finished && content.thanks ? paragraphs(local(content.thanks)) : null,
    told,
    make(
      "div",
      { class: "steps" },
      button(say(state.saved ? "save_again" : "save_button"), save, { class: "main" }),
      button(say("back"), goBack),
    ),
    make("footer", {}, button(say("erase_device"), askToErase, { class: "link" })),
  );
}

function savedNote() {
  return make(
    "section",
    { class: "panel" },
    make("h2", {}, say("hand_over_title")),
    make("p", {}, say("hand_over"), " ", make("strong", { class: "file" }, fileName())),
    paragraphs(say("erase_advice")),
  );
}

// What is wrong on this page, with a way to each place.
function summaryElement(faults) {
  const lines = faults.map(({ field, about, message }) => {
    const go = (event) => {
      event.preventDefault();
      focusField(field);
    };
    return make("li", {}, make("a", { href: `#message-${field}`, onclick: go }, `${shortened(about)} – ${message}`));
  });
  return make(
    "div",
    { class: "summary", role: "alert" },
    make("h2", {}, say("summary")),
    make("ul", {}, lines),
  );
}

function shortened(text) {
  return text.length > 120 ? `${text.slice(0, 110).replace(/\s+\S*$/, "")} …` : text;
}

function askToErase() {
  const dialog = make(
    "dialog",
    { "aria-labelledby": "erase-title", onclose: () => dialog.remove() },
    make("h2", { id: "erase-title" }, say("erase_title")),
    make("p", {}, say("erase_question")),
    make(
      "div",
      { class: "steps" },
      button(say("erase"), () => startAgain(dialog), { class: "danger" }),
      button(say("cancel"), () => dialog.close(), { autofocus: true }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
