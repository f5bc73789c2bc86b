// What a respondent did so far: kept in the browser where it lets us, saved as a file at the end.

const content = JSON.parse(document.getElementById("content").textContent);
const KEY = `psi-co:${content.study}:${content.version}`;
const START = -1; // the page before the first section; the one after the last is for saving
const SAVE = content.sections.length;
const COLUMNS = new Set(
  content.sections.flatMap((section) =>
    section.questions.flatMap((question) => question.items.flatMap((item) => item.columns)),
  ),
);

let state = kept() ?? fresh();
let page = START; // the page on the screen
let keeps = canKeep(); // whether the browser keeps answers

function fresh() {
  return {
    respondent: randomId(),
    language: preferredLanguage(),
    at: 0, // where to go on: a section, or SAVE once all were submitted
    reached: 0, // sections that were submitted or passed by
    started: null,
    submitted: null,
    saved: false,
    answers: new Map(), // what was typed or ticked, by column, shown or not
    shown: new Set(), // columns that were on a page when it was submitted
    seconds: new Map(), // by section
  };
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Return the first language of the browser that the questionnaire has, or else its own first one.
function preferredLanguage() {
  const codes = content.languages.map((each) => each.code);
  const wanted = (navigator.languages ?? []).map((each) => each.toLowerCase());
  const found = wanted.flatMap((each) =>
    codes.filter((code) => each === code.toLowerCase() || each.split("-")[0] === code.toLowerCase()),
  );
  return found[0] ?? codes[0];
}

function canKeep() {
  try {
    localStorage.setItem(`${KEY}:try`, "1");
    localStorage.removeItem(`${KEY}:try`);
    return true;
  } catch {
    return false; // a private window, or storage that is switched off
  }
}

// Return what the browser kept of an earlier visit, or null.
function kept() {
  try {
    const read = JSON.parse(localStorage.getItem(KEY));
    return read === null ? null : revived(read);
  } catch {
    return null; // nothing can be kept here, or something else wrote there
  }
}

function revived(read) {
  const isKnown = ([column, typed]) => COLUMNS.has(column) && typeof typed === "string";
  const isPage = (number) => Number.isInteger(number) && number >= 0 && number <= SAVE;
  const language = content.languages.find((each) => each.code === read.language);
  if (!isPage(read.at) || !isPage(read.reached) || !language) return null;
  if (!/^[0-9a-f]{20}$/.test(read.respondent)) return null;
  return {
    respondent: read.respondent,
    language: read.language,
    at: read.at,
    reached: read.reached,
    started: read.started,
    submitted: read.submitted,
    saved: read.saved === true,
    answers: new Map(read.answers.filter(isKnown)),
    shown: new Set(read.shown.filter((column) => COLUMNS.has(column))),
    seconds: new Map(read.seconds),
  };
}

function keep() {
  clearTimeout(waiting);
  waiting = null;
  const { answers, shown, seconds } = state;
  const plain = { ...state, answers: [...answers], shown: [...shown], seconds: [...seconds] };
  try {
    localStorage.setItem(KEY, JSON.stringify(plain));
    keeps = true;
  } catch {
    keeps = false;
  }
}

// Keep answers shortly after they are given, many of them in one go.
let waiting = null;

function keepSoon() {
  waiting ??= setTimeout(keep, 300);
}

function forget() {
  clearTimeout(waiting);
  waiting = null;
  try {
    localStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
  Object.assign(clock, { section: null, since: null });
  state = { ...fresh(), language: state.language };
}

// The time that each section stood on the screen, while its tab was the one in front.
const clock = { section: null, since: null };

function startClock(section) {
  pauseClock();
  clock.section = section;
  resumeClock();
}

function pauseClock() {
  if (clock.since === null) return;
  const before = state.seconds.get(clock.section) ?? 0;
  state.seconds.set(clock.section, before + (performance.now() - clock.since) / 1000);
  clock.since = null;
}

function resumeClock() {
  if (clock.section !== null && !document.hidden) clock.since = performance.now();
}

// Return what the file holds. A column that was never shown is absent; one that was left empty is null.
function answersFile() {
  const { given } = meant(state.answers);
  const shown = [...given].filter(([column]) => state.shown.has(column));
  const seconds = [...state.seconds].map(([id, value]) => [id, Math.round(value * 10) / 10]);
  return {
    format: "psi-co web answers",
    format_version: 1,
    study: content.study,
    version: content.version,
    respondent: state.respondent,
    language: state.language,
    started: state.started,
    submitted: state.submitted,
    pages: state.reached,
    seconds: Object.fromEntries(seconds),
    answers: Object.fromEntries(shown),
  };
}

function fileName() {
  return `${content.study}-${state.respondent}.json`;
}

function download() {
  const text = `${JSON.stringify(answersFile(), null, 1)}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName();
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
