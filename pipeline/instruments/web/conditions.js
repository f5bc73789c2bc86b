// Show conditions, and what follows from them: which questions are meant for this respondent.
// As everywhere in psi-co, what was not answered equals nothing and compares with nothing, and "not"
// turns that into true.

const ORDERED = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

// Say whether a condition holds for `given`, a map from column to code, null where unanswered.
function holds(condition, given) {
  if (condition === null) return true;
  const [operator, first, ...rest] = condition;
  const code = typeof first === "string" ? (given.get(first) ?? null) : null;
  switch (operator) {
    case "all":
      return [first, ...rest].every((part) => holds(part, given));
    case "any":
      return [first, ...rest].some((part) => holds(part, given));
    case "not":
      return !holds(first, given);
    case "answered":
      return code !== null;
    case "ticked":
      return code === "1";
    case "in":
      return code !== null && (rest[0].includes(code) || rest[1].includes(Number(code)));
    case "order": {
      const [comparison, number, missing] = rest;
      return code !== null && !missing.includes(code) && ORDERED[comparison](Number(code), number);
    }
    default:
      throw new Error(`no operator ${operator}`);
  }
}

// Return what is meant for someone with these answers: `given`, the code of each column that is shown,
// and the sections, questions and items that are shown, as sets. An answer to what is no longer shown
// counts as not given.
function meant(answers) {
  const found = { given: new Map(), sections: new Set(), questions: new Set(), items: new Set() };
  for (const section of content.sections) {
    if (!holds(section.show, found.given)) continue;
    for (const question of section.questions) {
      if (holds(question.show, found.given)) addQuestion(question, answers, found);
      if (found.questions.has(question.code)) found.sections.add(section.id);
    }
  }
  return found;
}

function addQuestion(question, answers, found) {
  if (question.kind === "display") found.questions.add(question.code);
  for (const item of question.items) {
    if (!holds(item.show, found.given)) continue;
    found.questions.add(question.code);
    found.items.add(item.id);
    for (const column of item.columns) {
      found.given.set(column, codeOf(question.kind, answers.get(column)));
    }
  }
}

// Return the code that stands for what was typed or ticked: null for nothing.
function codeOf(kind, typed) {
  if (kind === "multiple") return typed === "1" ? "1" : "0";
  if (typed === undefined || typed.trim() === "") return null;
  if (["count", "number", "shares"].includes(kind)) return asNumber(typed);
  return typed.replace(LONE_SURROGATE, "\ufffd");
}

// Half a character, which no file of text can hold.
const LONE_SURROGATE = /\p{Surrogate}/gu;

// Return a number as files write it: a decimal point, a hyphen for minus.
function asNumber(typed) {
  return typed.trim().replace(/^[\u2212\u2013]/, "-").replace(",", ".");
}
