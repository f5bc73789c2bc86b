// Words in the language of the moment, and elements that hold them. Texts are only ever set as text.

function local(text) {
  return unbroken(text[state.language]);
}

// French has a space before some signs and after «; no line breaks there.
function unbroken(text) {
  if (!state.language.startsWith("fr")) return text;
  return text.replace(/ ([?!:;»%])/g, "\u00a0$1").replace(/« /g, "«\u00a0");
}

// Return words of the page, with values in the places that name them.
function say(key, values = {}) {
  const words = unbroken(content.words[state.language][key]);
  return words.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}

// Return a number as this language writes it.
function asTyped(number) {
  const point = (1.5).toLocaleString(state.language).charAt(1);
  return String(number).replace(".", point);
}

// Make an element with attributes, listeners (onclick ...) and children; null ones are left out.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

// Return a paragraph for each line of a text.
function paragraphs(text, attributes = {}) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => make("p", attributes, line));
}

function button(words, onclick, attributes = {}) {
  return make("button", { type: "button", onclick, ...attributes }, words);
}

// The fields of the section on the screen, by name: where a message goes, and what takes the focus.
const fields = new Map();

// Return the place for a field's messages, and note what is marked and focused with them.
function messageOf(field, marked, focused) {
  const place = make("p", { class: "message", id: `message-${field}`, hidden: true });
  fields.set(field, { place, marked, focused });
  return place;
}

function showMessage({ field, message }) {
  const { place, marked } = fields.get(field);
  place.replaceChildren(make("span", { class: "sign", "aria-hidden": "true" }, "!"), message);
  place.hidden = false;
  for (const element of marked) element.setAttribute("aria-invalid", "true");
}

function hideMessage(field) {
  const { place, marked } = fields.get(field);
  place.hidden = true;
  place.replaceChildren();
  for (const element of marked) element.removeAttribute("aria-invalid");
}
