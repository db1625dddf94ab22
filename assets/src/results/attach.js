// A result's grid, as Dash has drawn it: where its rows come from, what keys and double clicks do, and trouble above it.
import { askAgain, callbacks, noUpdate } from "../dash.js";
import { by, element } from "../dom.js";
import { tell } from "../events.js";
import { isNotTheirs, wordsOf } from "../http.js";
import { showCell } from "./cell.js";
import { copyCell, copyRows } from "./copy.js";
import { columnOf, keep, Result, resultOf } from "./result.js";

/**
 * A window that did not come: said above the grid, with a way to try again. Where the viewer may not have the rows, that is
 * the page's to draw, in the place of what it shows.
 *
 * @param {string} id
 * @param {unknown} error null for a window that came
 */
function trouble(id, error) {
  if (isNotTheirs(error)) {
    askAgain(id);
    return;
  }
  const place = by(`result-${id}`)?.closest(".grid");
  place?.querySelector(".grid-trouble")?.remove();
  if (!place || !error) return;
  const button = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, "Try again");
  const words = element("span", {}, `These rows failed to load. ${wordsOf(error)} `);
  const note = element("div", { class: "grid-trouble", role: "alert" }, words, button);
  button.addEventListener("click", () => {
    note.remove();
    resultOf(id)?.api.refreshInfiniteCache();
  });
  place.prepend(note);
}

/** @param {Result} result */
function listen(result) {
  const { api } = result;
  /** @param {any} event of AG Grid */
  const open = (event) => {
    if (event.data) showCell(result, event.rowIndex, columnOf(event.column.getColId()));
  };
  api.addEventListener("cellDoubleClicked", open);
  api.addEventListener("cellKeyDown", (/** @type {any} */ event) => {
    const { key, ctrlKey, metaKey } = event.event;
    if (key === "Enter") open(event);
    if (key !== "c" || !(ctrlKey || metaKey) || String(getSelection())) return;
    // Several rows that are selected are what one means; else the cell that has the focus.
    if (api.getSelectedNodes().length > 1) copyRows(result);
    else if (event.data) copyCell(result, event.rowIndex, columnOf(event.column.getColId()), event.value);
  });
  api.addEventListener("sortChanged", () => {
    result.sort = result.sorted();
    api.ensureIndexVisible(0, "top");
    tell("portal:result-view", { id: result.id });
  });
}

/**
 * Called by Dash for each new grid, with its first window.
 *
 * @param {import("./result.js").First} first
 */
function attach(first) {
  window.dash_ag_grid.getApiAsync(`result-${first.id}`).then((/** @type {any} */ api) => {
    const result = new Result(first, api, (error) => trouble(first.id, error));
    keep(result);
    // The component sets a source of its own when its grid is ready, which may be before or after this.
    const until = performance.now() + 3000;
    (function insist() {
      if (api.isDestroyed()) return;
      if (api.getGridOption("datasource") !== result.source) api.setGridOption("datasource", result.source);
      if (performance.now() < until) requestAnimationFrame(insist);
    })();
    listen(result);
    tell("portal:result", { id: first.id });
  });
  return noUpdate();
}
callbacks("warehouse", { attach });
