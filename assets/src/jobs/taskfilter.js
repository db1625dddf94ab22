// Which tasks a page of a job or a run shows: by name and by state, the same in graph, timeline, table and matrix. It
// stays while the page draws itself anew, and goes with the page.
import { element, icon } from "../dom.js";
import { add, again } from "../parts/drawings.js";
import { count, counted } from "../text.js";
import { debounce } from "../timing.js";

/** @typedef {import("../parts/drawings.js").States} States */

const REST = 150; // ms of rest before tasks are looked for

let page = "";
let words = /** @type {string[]} */ ([]);
/** @type {Set<string>} chosen states; none: all */
const chosen = new Set();
/** @type {Element[]} */
let bar = [];

const field = element("input", {
  type: "search",
  id: "tasks-find",
  class: "form-control",
  placeholder: "Part of a task's name",
  autocomplete: "off",
  spellcheck: "false",
  "data-key": "tasks-find",
});
const label = element("label", { class: "form-label", for: "tasks-find" }, "Find tasks");
const status = element("p", { class: "grid-note", role: "status" });
const chips = element("div", { class: "chips", role: "group", "aria-label": "States of tasks" });

function another() {
  if (page === location.pathname) return;
  page = location.pathname;
  words = [];
  chosen.clear();
  field.value = "";
}

/** Whether some tasks are looked for. */
export function filtering() {
  another();
  return words.length > 0 || chosen.size > 0;
}

/**
 * Whether a task is one of those that are looked for.
 *
 * @param {string} key
 * @param {(string | undefined)[]} states of it: of one run or of several
 */
export function fits(key, ...states) {
  another();
  if (chosen.size && !states.some((state) => state && chosen.has(state))) return false;
  const name = key.toLowerCase();
  return words.every((word) => name.includes(word));
}

function changed() {
  words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  again("tasks", "graph", "timeline", "table", "matrix");
}
const typed = debounce(changed, REST);
field.addEventListener("input", () => typed());
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  typed.cancel();
  changed();
});

/**
 * @param {string} state
 * @param {number} many
 * @param {States} states
 */
function chip(state, many, states) {
  const pressed = chosen.has(state);
  const { text, icon: symbol } = states[state];
  const button = element(
    "button",
    { type: "button", class: "chip", "aria-pressed": String(pressed), "data-key": `state ${state}` },
    icon(symbol),
    ` ${text} ${count(many)}`,
  );
  button.addEventListener("click", () => {
    if (!chosen.delete(state)) chosen.add(state);
    changed();
  });
  return button;
}

/** @param {{tasks: [key: string, state: string][], states: States}} value */
function tasks({ tasks, states }) {
  another();
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const [, state] of tasks) if (state) counts.set(state, (counts.get(state) ?? 0) + 1);
  for (const state of chosen) if (!counts.has(state)) chosen.delete(state);
  chips.replaceChildren(...[...counts].map(([state, many]) => chip(state, many, states)));
  chips.hidden = counts.size < 2;
  const found = tasks.filter(([key, state]) => fits(key, state)).length;
  status.textContent = filtering()
    ? `${count(found)} of ${counted(tasks.length, "task")}`
    : counted(tasks.length, "task");
  if (!bar.length) bar = [element("div", { class: "tasks-find" }, label, field), chips, status];
  return bar;
}
add("tasks", tasks);
