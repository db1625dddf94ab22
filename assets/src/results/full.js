// A result on the whole page, and back by Escape. What is behind it can neither be seen nor reached meanwhile.
import { all, closest } from "../dom.js";
import { whenChanged } from "../timing.js";
import { bar } from "./bar.js";

/** @type {HTMLElement[]} what has been taken out of reach */
let behind = [];

/** @param {Element} panel */
function aside(panel) {
  const found = [];
  for (let at = panel; at.parentElement && at !== document.body; at = at.parentElement) {
    for (const other of at.parentElement.children) {
      if (other instanceof HTMLElement && other !== at && !other.inert && other.localName !== "script")
        found.push(other);
    }
  }
  return found;
}

function reach() {
  for (const one of behind) one.inert = false;
  behind = [];
  document.documentElement.classList.remove("has-full");
}

/**
 * @param {HTMLElement} panel
 * @param {boolean} full
 */
function set(panel, full) {
  panel.classList.toggle("is-full", full);
  reach();
  if (full) {
    document.documentElement.classList.add("has-full");
    behind = aside(panel);
    for (const one of behind) one.inert = true;
  }
  const button = panel.querySelector("[data-act=full]");
  button?.setAttribute("aria-pressed", String(full));
  if (button instanceof HTMLElement) button.focus();
}

/** @param {string} id of a result */
export function toggleFull(id) {
  const panel = /** @type {HTMLElement | null} */ (bar(id)?.closest("[data-panel]") ?? null);
  if (panel) set(panel, !panel.classList.contains("is-full"));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || closest(event, "dialog, .menu-box[open]")) return;
  const [panel] = all(".panel.is-full");
  if (panel) set(panel, false);
});
// Where the panel has gone, with its page by "back" or for what else, everything is in reach again.
whenChanged(() => {
  if (behind.length && !document.querySelector(".panel.is-full")) reach();
});
