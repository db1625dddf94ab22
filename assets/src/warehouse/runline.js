// The line beside Run: where the statement that shows stands, for how long, and how many rows; and the results' tabs.
import { all, by, closest, element } from "../dom.js";
import { neighbour } from "../keys.js";
import { drafts } from "./drafts.js";
import { regionsOf } from "./owners.js";
import { page, running, waits } from "./statements.js";
import { status, titleOf, wordOf } from "./status.js";

/** The results' places, in order. */
export const panels = () => all("#warehouse-panels > [data-panel]");

/** @param {HTMLElement} box */
function parts(box) {
  if (!box.firstChild) {
    for (const name of ["word", "clock", "rows"]) {
      // The words are announced as they change; the clock beside them is not.
      const hidden = name === "clock" && "true";
      // The space parts the words for whoever reads or copies them.
      box.append(element("span", { class: `run-${name}`, "aria-hidden": hidden }), " ");
    }
  }
  return [...box.children];
}

export function line() {
  const box = by("warehouse-status");
  if (!box) return;
  const state = page.states.get(page.shown ?? "");
  const { stopping } = page;
  const asking = page.asking.get(drafts.active) ?? 0;
  const { words, clock, rows, tone } = status(state, { asking, stopping }, Date.now());
  box.dataset.tone = tone;
  parts(box).forEach((span, index) => {
    const text = [words, clock, rows][index];
    if (span.textContent !== text) span.textContent = text;
  });
  const cancel = /** @type {HTMLButtonElement | null} */ (by("warehouse-cancel"));
  if (cancel) cancel.disabled = !(waits(state) || running(state)) || page.stopping.has(state?.id ?? "");
}

/**
 * @param {string} region
 * @param {number} index
 */
function tab(region, index) {
  const state = page.states.get(region);
  const selected = region === page.shown;
  const text = `${index + 1}  ${titleOf(state, region)}`;
  const said = state?.state && state.state !== "SUCCEEDED" ? `${text}: ${wordOf(state.state)}` : null;
  const about = { type: "button", class: "result-tab", role: "tab", tabindex: selected ? 0 : -1 };
  const data = { "data-region": region, "data-state": state?.state ?? "" };
  return element("button", { ...about, ...data, "aria-selected": String(selected), "aria-label": said }, text);
}

function tabs() {
  const bar = by("warehouse-tabs");
  if (!bar) return;
  const regions = regionsOf(drafts.active);
  bar.hidden = regions.length < 2;
  if (bar.hidden) {
    bar.replaceChildren();
    return;
  }
  bar.setAttribute("role", "tablist");
  bar.setAttribute("aria-label", "Results");
  const focused = bar.contains(document.activeElement);
  bar.replaceChildren(...regions.map(tab));
  if (focused) focusTab();
}
const focusTab = () => all("#warehouse-tabs [aria-selected=true]")[0]?.focus();

export function show() {
  for (const panel of panels()) panel.hidden = panel.dataset.panel !== page.shown;
  tabs();
  line();
}

/** @param {HTMLElement} chosen */
function choose(chosen) {
  page.shown = chosen.dataset.region ?? null;
  drafts.change({ shown: page.shown });
  show();
}

document.addEventListener("click", (event) => {
  const chosen = closest(event, ".result-tab");
  if (chosen) choose(chosen);
});
document.addEventListener("keydown", (event) => {
  const chosen = closest(event, ".result-tab");
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!chosen || !step) return;
  event.preventDefault();
  choose(neighbour(all(".result-tab"), chosen, step));
  focusTab();
});
