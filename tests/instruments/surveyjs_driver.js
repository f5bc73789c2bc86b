// node surveyjs_driver.js JOBS: lets the form library itself fill in forms, page by page, and tells what it
// showed, what it returned, and on what it insisted. A job is a form and the sheets to fill it in with;
// `before` are answers given earlier, by someone who then changes their mind.

const fs = require("fs");
const { SurveyModel } = require("survey-core");

const told = [];
console.warn = console.error = (message) => told.push(String(message));

function fillPage(page, values) {
  const shown = [];
  for (const question of page.questions.filter((each) => each.isVisible)) {
    if (question.getType() === "html") {
      shown.push(question.name);
      continue;
    }
    const rows = question.visibleRows?.map((row) => row.rowName ?? row.name);
    const places = rows?.map((row) => `${question.name}.${row}`) ?? [];
    shown.push(...(places.length ? places : [question.name]));
    const value = rows ? ofRows(values[question.name] ?? {}, rows) : values[question.name];
    if (value !== undefined && JSON.stringify(question.value) !== JSON.stringify(value)) {
      question.value = value;
    }
  }
  return shown;
}

function ofRows(value, rows) {
  const answered = rows.filter((row) => value[row] !== undefined);
  return answered.length ? Object.fromEntries(answered.map((row) => [row, value[row]])) : undefined;
}

function fill(form, { language, values, before }) {
  const survey = new SurveyModel(form);
  survey.data = before ?? {};
  told.push(...(survey.jsonErrors ?? []).map((error) => error.message));
  survey.locale = language;
  if (survey.firstPageIsStartPage) survey.start();
  const shown = [];
  while (survey.state === "running") {
    const page = survey.currentPage;
    let last = null;
    let now = [];
    while (JSON.stringify(now) !== JSON.stringify(last)) {
      last = now;
      now = fillPage(page, values);
    }
    shown.push(...now);
    if (!(survey.isLastPage ? survey.tryComplete() : survey.nextPage())) {
      const errors = page.questions.flatMap((each) => each.getAllErrors());
      return { shown, data: survey.data, insisted: errors.map((error) => error.text) };
    }
  }
  return { shown, data: survey.data, insisted: [] };
}

function rendered(form, language) {
  const survey = new SurveyModel(form);
  survey.locale = language;
  return survey.getAllQuestions(false).map((each) => [
    each.name,
    each.getType() === "html" ? each.processedHtml : each.processedTitle,
  ]);
}

const jobs = JSON.parse(fs.readFileSync(process.argv[2])).map(({ form, sheets }) => ({
  filled: sheets.map((sheet) => fill(form, sheet)),
  titles: Object.fromEntries(sheets.map(({ language }) => [language, rendered(form, language)])),
  told: told.splice(0),
}));
process.stdout.write(JSON.stringify(jobs));
