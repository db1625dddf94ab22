// What a page shows is in the address. Controls with `data-set` (JSON: parameter -> value, "" takes it away) change it on a
// click; fields inside `data-param` as one types or chooses. The page's view store (`data-view`) follows.
import { callbacks, context, noUpdate, setProps } from "../dash.js";
import { all, closest } from "../dom.js";
import { ask, asked, changed, isBrowsers } from "../navigate.js";
import { debounce, eachFrame } from "../timing.js";

const TYPING = 250;

const viewStore = () => document.querySelector("[data-view]")?.getAttribute("data-view");

/** @returns {Record<string, string>} */
const query = () => Object.fromEntries(asked());

function show() {
  const id = viewStore();
  if (id) setProps(id, { data: query() });
  mark();
}

/**
 * @param {Record<string, string>} changes
 * @param {boolean} typed letters of one word are one step of the history
 */
function change(changes, typed) {
  if (!ask(changed(asked(), changes), { push: !typed, hash: "" })) return;
  if (changes.task) sought = changes.task;
  show();
}

// A chosen task's details are below: bring them into view once they are there.
let sought = "";
function reach() {
  const details = sought && document.querySelector(`[data-task="${CSS.escape(sought)}"]`);
  if (!details) return;
  sought = "";
  details.scrollIntoView({ block: "start" });
  details.querySelector("h2")?.focus({ preventScroll: true });
}

// Pressed buttons, chosen options and the search box follow the address.
function mark() {
  if (!viewStore()) return;
  const now = query();
  for (const button of all("[data-set][aria-pressed]")) {
    const set = Object.entries(JSON.parse(button.dataset.set ?? "{}"));
    const pressed = String(set.every(([name, value]) => (now[name] ?? "") === value));
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
  for (const holder of all("[data-param]")) {
    const value = now[holder.dataset.param ?? ""] ?? "";
    for (const field of [holder.querySelector("select"), holder.querySelector("input")]) {
      if (field && field !== document.activeElement && field.value !== value) field.value = value;
    }
  }
}

document.addEventListener("click", (event) => {
  const control = closest(event, "[data-set]");
  if (!control || control.matches(":disabled")) return;
  if (control.localName === "a") {
    // A link as well: it opens in another tab as any link does.
    if (isBrowsers(event)) return;
    event.preventDefault();
  }
  change(JSON.parse(control.dataset.set ?? "{}"), false);
});

const typed = debounce(
  (/** @type {string} */ name, /** @type {string} */ value) => change({ [name]: value }, true),
  TYPING,
);
document.addEventListener("input", (event) => {
  const name = closest(event, "[data-param]")?.dataset.param;
  if (name && event.target instanceof HTMLInputElement) typed(name, event.target.value.trim());
});
document.addEventListener("change", (event) => {
  const name = closest(event, "[data-param]")?.dataset.param;
  if (name && event.target instanceof HTMLSelectElement) change({ [name]: event.target.value }, false);
});
window.addEventListener("popstate", () => setTimeout(show));
eachFrame(() => {
  mark();
  reach();
});

// A page's callback: the values of its inputs go into the address (?zip=10103), each under what follows its page's name
// in its id; another property (`start_date` of a range of days) under its own name.
function remember() {
  const wanted = asked();
  for (const input of context().inputs_list) {
    const key = input.property === "value" ? input.id.slice(input.id.indexOf("-") + 1) : input.property;
    if (input.value === null || input.value === undefined || input.value === "") wanted.delete(key);
    else wanted.set(key, input.value);
  }
  ask(wanted);
  return noUpdate();
}
callbacks("portal", { remember });
