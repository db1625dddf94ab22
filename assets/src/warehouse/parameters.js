// Inputs for the parameters (`:name`) of the text: typed, kept with the draft, sent as statement parameters.
import { by, element, icon } from "../dom.js";
import { on, tell } from "../events.js";
import { drafts } from "./drafts.js";
import { defined, given, moved, ordered, parameter } from "./parameter-definitions.js";
import { field, idOf } from "./parameter-field.js";
import { openSettings } from "./parameter-settings.js";
import { carried, caveat, TYPES } from "./parameter-types.js";
import { markers } from "./sqltext.js";

/** @typedef {import("./parameter-definitions.js").Parameter} Parameter */

/** What is drawn: the draft, and its parameters but for their values. */
let drawn = "";
/** The values that the last run had, as JSON: a change that comes to the same runs nothing. */
let ran = "";

// Another draft, or other values in this one: a revert, another tab.
on("portal:draft", () => {
  drawn = "";
});

const names = () => markers(drafts.current.sql);
/** @param {string} name */
const now = (name) => parameter(drafts.current, name);

/**
 * @param {string} name
 * @param {{type?: string, value?: string}} change
 */
function keep(name, change) {
  const { type, value } = { ...now(name), ...change };
  drafts.change({ params: { ...drafts.current.params, [name]: { type, value } } });
}

/**
 * Runs the query where that is wanted, and what it would be run with has changed.
 *
 * @param {string} name
 */
function rerun(name) {
  if (now(name).rerun && JSON.stringify(of(names())) !== ran) tell("portal:run", { everything: false });
}

/** @param {string} name */
function settings(name) {
  openSettings(now(name), (change, step) => {
    const { current } = drafts;
    const definitions = defined(current, name, change, names());
    drafts.change({ definitions: step ? moved({ ...current, definitions }, name, step, names()) : definitions });
    draw(names());
    by(`${idOf(name)}-settings`)?.focus();
  });
}

/** @param {string} name */
function row(name) {
  const one = now(name);
  const input = field(one, (value, rests = false) => {
    keep(name, { value });
    if (rests) rerun(name);
  });
  input.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent) || event.key !== "Enter" || event.defaultPrevented) return;
    const typed = event.target instanceof HTMLInputElement && event.target.type !== "search";
    if (!event.ctrlKey && !event.metaKey && !typed) return;
    event.preventDefault();
    tell("portal:run", { everything: false });
  });
  const type = element("select", {
    class: "form-select form-select-sm parameter-type",
    "aria-label": `Type of ${name}`,
  });
  type.append(...TYPES.map(([key, text]) => new Option(text, key, false, key === one.type)));
  const label = element("label", { for: idOf(name), class: one.title ? "parameter-title" : "parameter-name" });
  label.textContent = one.title || `:${name}`;
  label.title = `:${name}`;
  const gear = element(
    "button",
    {
      type: "button",
      id: `${idOf(name)}-settings`,
      class: "icon-button parameter-settings",
      title: "Title, choices, bounds, order",
      "aria-label": `Settings of ${name}`,
    },
    icon("gear"),
  );
  gear.addEventListener("click", () => settings(name));
  const said = caveat(name, drafts.current.sql);
  const note = said ? element("p", { class: "parameter-note" }, said) : null;
  const made = element("div", { class: "parameter", "data-type": one.type }, label, type, input, gear, note);
  type.addEventListener("change", () => {
    const { type: before, value } = now(name);
    keep(name, { type: type.value, value: carried(value, before, type.value) });
    const next = row(name);
    made.replaceWith(next);
    next.querySelector("select")?.focus();
  });
  return made;
}

/** @param {string[]} found names of the draft's parameters */
export function draw(found) {
  const place = by("warehouse-parameters");
  if (!place) return;
  const { current } = drafts;
  const shown = ordered(current, found);
  const about = shown.map((name) => ({ ...now(name), value: null, caveat: caveat(name, current.sql) }));
  const wanted = JSON.stringify([drafts.active, about]);
  if (wanted === drawn && place.children.length === shown.length) return;
  drawn = wanted;
  const focused = place.contains(document.activeElement) ? document.activeElement?.id : "";
  place.replaceChildren(...shown.map(row));
  place.hidden = !shown.length;
  if (focused) by(focused)?.focus();
}

/** @param {string[]} found names */
const of = (found) => Object.fromEntries(found.map((name) => [name, given(now(name))]));

/**
 * What a statement is run with, as it is run.
 *
 * @param {string[]} found names
 */
export function values(found) {
  const made = of(found);
  ran = JSON.stringify(made);
  return made;
}
