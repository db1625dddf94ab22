// The browser's own ways to print a dashboard. Its key does what "Print" above the page does: all tiles are drawn first. Its
// menu cannot be waited for: the paper says what is missing then.
import { all, element } from "../dom.js";
import { counted } from "../text.js";
import { current } from "./board.js";

let printing = false;

document.addEventListener("keydown", async (event) => {
  const isKey = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "p";
  const board = current();
  if (!isKey || !board || event.defaultPrevented) return;
  event.preventDefault();
  if (printing) return;
  printing = true;
  await board.print().finally(() => {
    printing = false;
  });
});

window.addEventListener("beforeprint", () => {
  const root = current()?.root;
  const missing = root ? all('section.tile-data[data-state="loading"]', root).length : 0;
  if (!root || !missing) return;
  const are = missing === 1 ? "is" : "are";
  const text = `${counted(missing, "tile")} of this page ${are} not drawn yet. “Print” above the page draws all of them first.`;
  root.prepend(element("p", { class: "board-warning", "data-board-part": "paper" }, text));
});
window.addEventListener("afterprint", () => {
  for (const one of all('[data-board-part="paper"]')) one.remove();
});
