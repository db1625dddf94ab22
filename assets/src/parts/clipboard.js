// Copying: a button with `data-copy` puts that text on the clipboard, and says so for a moment in its own words
// (`data-copied`). A `data-copy-href` is an address of ours, copied as a whole one.
import { closest } from "../dom.js";

const SHOWN = 2000;

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether the browser let us
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** @type {WeakMap<HTMLElement, {before: string | null, timer: ReturnType<typeof setTimeout>}>} what a button says otherwise */
const saying = new WeakMap();

/**
 * @param {HTMLElement} button
 * @param {string} words
 */
function say(button, words) {
  // React owns the text node: change its value, never replace it.
  const node = button.querySelector("span:not(.icon)")?.firstChild;
  if (!node) return;
  const known = saying.get(button);
  clearTimeout(known?.timer);
  const before = known ? known.before : node.nodeValue;
  const timer = setTimeout(() => {
    node.nodeValue = before;
    saying.delete(button);
  }, SHOWN);
  saying.set(button, { before, timer });
  node.nodeValue = words;
  button.setAttribute("aria-live", "polite");
}

document.addEventListener("click", async (event) => {
  const button = closest(event, "[data-copy], [data-copy-href]");
  if (!button) return;
  const { copy: text, copyHref = "", copied = "Copied" } = button.dataset;
  const done = await copy(text ?? new URL(copyHref, location.href).href);
  say(button, done ? copied || "Copied" : "This browser does not let pages copy");
});
