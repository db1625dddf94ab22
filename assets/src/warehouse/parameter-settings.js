// What a parameter is: its title, what it may be chosen from, its bounds, its place, and whether a change runs the query.
import { element } from "../dom.js";
import { wordsOf } from "../http.js";
import { queries } from "./options.js";

/** @typedef {import("./parameter-definitions.js").Definition} Definition */
/** @typedef {import("./parameter-definitions.js").Parameter} Parameter */

let number = 0;

/**
 * @param {string} words
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} input
 * @param {string | null} [note]
 */
function labelled(words, input, note = null) {
  number += 1;
  input.id = `parameter-setting-${number}`;
  const label = element("label", { class: "form-label", for: input.id }, words);
  const said = note && element("p", { class: "filter-note" }, note);
  return element("div", { class: "dialog-field" }, label, input, said);
}

/**
 * @param {string} words
 * @param {boolean} checked
 * @returns {[HTMLElement, HTMLInputElement]}
 */
function check(words, checked) {
  number += 1;
  const box = element("input", { type: "checkbox", class: "form-check-input", id: `parameter-setting-${number}` });
  box.checked = checked;
  const label = element("label", { class: "form-check-label", for: box.id }, words);
  return [element("div", { class: "form-check dialog-field" }, box, label), box];
}

/** @param {string | null | undefined} value */
const input = (value) => {
  const made = element("input", { class: "form-control form-control-sm", autocomplete: "off", maxlength: 250 });
  made.value = value ?? "";
  return made;
};

/**
 * What a choice is out of.
 *
 * @param {Parameter} parameter
 * @returns {[HTMLElement[], () => Partial<Definition>]}
 */
function choice(parameter) {
  const list = element("textarea", { class: "form-control form-control-sm", rows: 5, spellcheck: "false" });
  list.value = (parameter.options ?? []).join("\n");
  const query = element("select", { class: "form-select form-select-sm" });
  query.append(new Option("None: the list below", ""));
  if (parameter.query) query.append(new Option("The one that is chosen", parameter.query, true, true));
  const holder = labelled(
    "From a saved query",
    query,
    "Its first column, up to 10,000 values, read as whoever chooses.",
  );
  const own = labelled("Or from a list", list, "One a line.");
  const show = () => {
    own.hidden = query.value !== "";
  };
  query.addEventListener("change", show);
  show();
  queries().then(
    (found) => {
      const now = query.value;
      query.replaceChildren(
        new Option("None: the list below", ""),
        ...(now && !found.some(([id]) => id === now) ? [new Option("One that you cannot see", now)] : []),
        ...found.map(([id, name]) => new Option(name, id)),
      );
      query.value = now;
    },
    (error) => holder.append(element("p", { class: "filter-note", role: "status" }, wordsOf(error))),
  );
  const [several, box] = check("Several may be chosen", Boolean(parameter.multi));
  const read = () => ({
    query: query.value || null,
    options: query.value ? [] : [...new Set(list.value.split("\n").filter((line) => line.trim()))].slice(0, 10000),
    multi: box.checked,
  });
  return [[holder, own, several], read];
}

/**
 * Opens the settings of a parameter; nothing changes unless they are kept.
 *
 * @param {Parameter} parameter
 * @param {(change: Partial<Definition>, step: number) => void} keep `step`: by how many places it moves
 */
export function openSettings(parameter, keep) {
  const title = input(parameter.title);
  title.placeholder = `:${parameter.name}`;
  const [rerun, runs] = check("Run when its value changes", Boolean(parameter.rerun));
  /** @type {[HTMLElement[], () => Partial<Definition>]} */
  const nothing = [[], () => ({})];
  const [parts, ofChoice] = parameter.type === "choice" ? choice(parameter) : nothing;
  const [low, high] = [input(parameter.min), input(parameter.max)];
  for (const end of [low, high]) end.inputMode = "decimal";
  if (parameter.type === "number") parts.push(labelled("No less than", low), labelled("No more than", high));
  const place = element("select", { class: "form-select form-select-sm" });
  place.append(new Option("Stays where it is", "0"), new Option("One place earlier", "-1"));
  place.append(new Option("One place later", "1"), new Option("First", "-1000"), new Option("Last", "1000"));
  const note = element("p", { class: "filter-note", role: "alert" });
  const leave = element("button", { type: "button", class: "btn btn-outline-secondary" }, "Cancel");
  const form = element(
    "form",
    {},
    element("h2", { class: "dialog-title", id: "parameter-settings-title" }, `Settings of :${parameter.name}`),
    element("div", { class: "dialog-fields" }, labelled("Title", title), ...parts, labelled("Place", place), rerun),
    note,
    element(
      "div",
      { class: "dialog-actions" },
      leave,
      element("button", { type: "submit", class: "btn btn-primary" }, "Keep"),
    ),
  );
  const dialog = element("dialog", { class: "dialog", "aria-labelledby": "parameter-settings-title" }, form);
  const opener = document.activeElement;
  leave.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = [low, high].find((end) => end.value.trim() && !Number.isFinite(Number(end.value)));
    if (wrong) {
      note.textContent = "A bound should be a number, such as 42 or 3.5.";
      wrong.focus();
      return;
    }
    const bounds = parameter.type === "number" ? { min: low.value.trim() || null, max: high.value.trim() || null } : {};
    dialog.close();
    keep({ title: title.value.trim(), rerun: runs.checked, ...bounds, ...ofChoice() }, Number(place.value));
  });
  document.body.append(dialog);
  dialog.showModal();
  title.focus();
}
