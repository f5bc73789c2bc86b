// What is not right yet in the answers to a section: what psi-co's own readers would refuse or clean away.

// Return the faults of a section: the field each belongs to, what it is called, and what to do about it.
function faultsOf(section) {
  const found = meant(state.answers);
  return section.questions.flatMap((question) => {
    const items = question.items.filter((item) => found.items.has(item.id));
    return CHECKS.flatMap((check) => check(question, items, found.given));
  });
}

const CHECKS = [checkRequired, checkNumbers, checkShares, checkExclusive, checkLength];
const IS_NUMBER = /^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$/;
const IS_WHOLE = /^[+-]?[0-9]{1,15}$/;

function fault(field, about, message, values = {}) {
  return { field, about, message: say(message, values) };
}

// Return what a column asks: the question or the statement, and under which heading.
function askedIn(question, item, column) {
  const heading = question.headings[item.columns.indexOf(column)];
  const text = local(item.text ?? question.text);
  return heading ? `${text} (${local(heading)})` : text;
}

function checkRequired(question, items, given) {
  if (!question.required) return [];
  const message = question.choices && !isNumeric(question) ? "required_choice" : "required_text";
  if (question.kind === "multiple") {
    const none = items.filter((item) => item.columns.every((column) => given.get(column) === "0"));
    return none.map((item) => fault(item.id, local(question.text), message));
  }
  return perColumn(items, (item, column) =>
    given.get(column) === null ? fault(column, askedIn(question, item, column), message) : null,
  );
}

function checkNumbers(question, items, given) {
  if (!isNumeric(question)) return [];
  const missing = optionsOf(question).map((option) => option.code);
  return perColumn(items, (item, column) => {
    const code = given.get(column);
    const message = code === null || missing.includes(code) ? null : numberMessage(question, code);
    return message && fault(column, askedIn(question, item, column), message, bounds(question));
  });
}

function perColumn(items, find) {
  const found = items.flatMap((item) => item.columns.map((column) => find(item, column)));
  return found.filter((each) => each !== null);
}

function numberMessage(question, code) {
  const isWhole = question.kind === "count";
  if (!(isWhole ? IS_WHOLE : IS_NUMBER).test(code)) return isWhole ? "not_whole" : "not_number";
  const number = Number(code);
  const low = question.minimum ?? -Infinity;
  const high = question.maximum ?? Infinity;
  if (number >= low && number <= high) return null;
  return question.maximum === null ? "too_low" : "out_of_bounds";
}

// The shares that were given add up to 100, once for each heading; all of them may be left empty.
function checkShares(question, items, given) {
  if (question.kind !== "shares" || !items.length) return [];
  return items[0].columns.flatMap((_, k) => {
    const codes = items.map((item) => given.get(item.columns[k]));
    if (codes.every((code) => code === null) || !codes.every(isShare)) return [];
    const sum = sumOf(codes);
    const about = local(question.headings[k] ?? question.text);
    const values = { sum: asTyped(sum) };
    return sum === 100 ? [] : [fault(sumField(question, k), about, "sum", values)];
  });
}

function isShare(code) {
  return code === null || (IS_NUMBER.test(code) && Number(code) >= 0 && Number(code) <= 100);
}

// Return the sum of the shares that are numbers, free of what binary fractions leave behind.
function sumOf(codes) {
  const numbers = codes.map(Number).filter((number) => Number.isFinite(number));
  return Math.round(numbers.reduce((a, b) => a + b, 0) * 1e6) / 1e6;
}

function sumField(question, k) {
  return `${question.code}-sum-${k}`;
}

function checkExclusive(question, items, given) {
  if (question.kind !== "multiple") return [];
  const isTicked = (item, option) => given.get(`${item.id}_${option.code}`) === "1";
  return items.flatMap((item) => {
    const ticked = optionsOf(question).filter((option) => isTicked(item, option));
    const alone = ticked.find((option) => option.exclusive);
    const values = { option: alone ? local(alone.text) : "" };
    return alone && ticked.length > 1 ? [fault(item.id, local(question.text), "exclusive", values)] : [];
  });
}

function checkLength(question, items, given) {
  if (question.longest === null) return [];
  return items.flatMap((item) => {
    const length = lengthOf(given.get(item.id));
    const values = { length, longest: question.longest };
    const isTooLong = length > question.longest;
    return isTooLong ? [fault(item.id, local(question.text), "too_long", values)] : [];
  });
}

// Return the length in characters, in which an emoji counts as one.
function lengthOf(text) {
  return text === null ? 0 : [...text].length;
}

function isNumeric(question) {
  return ["count", "number", "shares"].includes(question.kind);
}

function optionsOf(question) {
  return content.choices[question.choices] ?? [];
}

function bounds(question) {
  return { low: asTyped(question.minimum ?? 0), high: asTyped(question.maximum ?? "") };
}
