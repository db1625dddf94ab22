// What can be done with a result (portal.ui.resultbar): filters, copy, jump. Downloads, profile and chart have their own
// files.
import { all, closest, element } from "../dom.js";
import { on } from "../events.js";
import { post } from "../http.js";
import { copy } from "../parts/clipboard.js";
import { bar, part } from "./bar.js";
import { showChart } from "./chart.js";
import { columnsForm } from "./columns.js";
import { compareForm } from "./compare.js";
import { copyRows } from "./copy.js";
import { download, which } from "./download.js";
import { chips, filterForm } from "./filter-form.js";
import { toggleFull } from "./full.js";
import { print } from "./print.js";
import { showProfile } from "./profile.js";
import { resultOf } from "./result.js";

on("portal:result-note", ({ id, text, cancel }) => {
  const note = part(id, "note");
  note?.replaceChildren(text);
  if (!note || !cancel) return;
  const stop = element("button", { type: "button", class: "btn btn-sm btn-link" }, "Cancel");
  stop.addEventListener("click", () => post(`results/${cancel}/cancel`, {}).catch(() => {}));
  note.append(" ", stop);
});
on("portal:result-view", ({ id }) => {
  chips(id);
  which(id);
});
on("portal:result", ({ id }) => {
  const jump = document.querySelector(`[data-jump="${CSS.escape(id)}"]`);
  if (jump && !jump.children.length) jump.append(jumpField(id));
  const whole = /** @type {HTMLElement | null} */ (bar(id)?.querySelector("[data-whole]") ?? null);
  if (whole && !whole.querySelector("input")) {
    whole.prepend(element("input", { type: "checkbox", id: whole.dataset.whole, class: "form-check-input" }));
  }
});

/** @param {string} id */
function jumpField(id) {
  const result = resultOf(id);
  const range = { type: "number", min: 1, max: result?.first.total };
  const field = element("input", { id: `jump-${id}`, ...range, class: "form-control form-control-sm" });
  field.addEventListener("keydown", (pressed) => {
    if (pressed.key !== "Enter" || !result) return;
    pressed.preventDefault();
    const row = Math.min(Math.max(1, Number(field.value) || 1), result.api.getDisplayedRowCount()) - 1;
    result.api.ensureIndexVisible(row, "top");
    result.api.setFocusedCell(row, "c0");
    close(field);
  });
  return field;
}

/** @param {Element} inside of a menu */
function close(inside) {
  const menu = inside.closest("details");
  if (menu) menu.open = false;
}

document.addEventListener("click", (event) => {
  for (const box of all(".menu-box[open]")) {
    if (box instanceof HTMLDetailsElement && !box.contains(/** @type {Node} */ (event.target))) box.open = false;
  }
  const result = resultOf(closest(event, "[data-result]")?.dataset.result ?? "");
  if (!result) return;
  const { id } = result;
  const act = closest(event, "[data-act]")?.dataset.act;
  if (act === "filter") filterForm(id);
  if (act === "columns") columnsForm(id);
  if (act === "copy") copyRows(result);
  if (act === "copy-id") copy(id).then((done) => result.say(done ? "Statement id copied." : id));
  if (act === "profile") showProfile(result);
  if (act === "chart") showChart(result);
  if (act === "compare") compareForm(id);
  if (act === "full") toggleFull(id);
  if (act === "print") print(result);
  const chosen = closest(event, "[data-download]");
  if (chosen) {
    const whole = /** @type {HTMLInputElement | null} */ (bar(id)?.querySelector("[data-whole] input") ?? null);
    close(chosen);
    const all = /** @type {HTMLInputElement | null} */ (bar(id)?.querySelector("[data-which] [value=all]") ?? null);
    download(result, chosen.dataset.download ?? "", { whole: whole?.checked ?? false, all: all?.checked ?? false });
  }
});
document.addEventListener("keydown", (event) => {
  const box = event.key === "Escape" ? closest(event, ".menu-box[open]") : null;
  if (!(box instanceof HTMLDetailsElement)) return;
  box.open = false;
  box.querySelector("summary")?.focus();
});
