// Regions and their states: "Try again", countdowns, and the recheck after a sign-in in another tab (portal.ui.states).
import { askAgain } from "../dash.js";
import { all, closest } from "../dom.js";

let awaited = false; // a sign-in was opened in another tab

/** @param {string[]} regions */
function again(...regions) {
  if (regions.includes("page")) {
    location.reload();
    return;
  }
  for (const region of regions) askAgain(region);
  // Words of headings and menus have no state to press a button in: what is missing comes along.
  for (const word of all("[data-word]")) {
    if (word.textContent === word.dataset.word) askAgain(word.id);
  }
}

/**
 * The regions that failed alike: what mends one (Connect or Databricks is back) mends the others.
 *
 * @param {HTMLElement} pressed
 */
function alike(pressed) {
  /** @param {HTMLElement} button */
  const title = (button) => button.closest(".state")?.querySelector(".state-title")?.textContent;
  const same = all("[data-retry]").filter((button) => title(button) && title(button) === title(pressed));
  return new Set([pressed, ...same].map((button) => button.dataset.retry ?? ""));
}

// "Refresh": a time below zero asks for everything anew, whatever the portal keeps (portal/ui/states.py).
function refresh() {
  for (const { dataset } of all("#main section[data-region]")) askAgain(dataset.region ?? "", -Date.now());
}

document.addEventListener("click", (event) => {
  if (closest(event, "[data-refresh]")) refresh();
  const retry = closest(event, "[data-retry]");
  if (retry) again(...alike(retry));
  if (closest(event, "[data-reload]")) location.reload();
  if (closest(event, "[data-recheck]")) awaited = true;
});

// One sign-in mends every region that asked for it. The server remembers "sign in needed" for some seconds, so one
// look at the moment of return could come too early: it is repeated a few times.
/** @type {ReturnType<typeof setTimeout>[]} */
let looks = [];
function look() {
  const waiting = new Set(all("[data-recheck]").map((link) => link.dataset.recheck ?? ""));
  if (!waiting.size) awaited = false;
  if (awaited && document.visibilityState === "visible") again(...waiting);
}
function recheck() {
  if (!awaited || document.visibilityState !== "visible") return;
  looks.forEach(clearTimeout);
  looks = [0, 2500, 5500, 9000].map((delay) => setTimeout(look, delay));
}
window.addEventListener("focus", recheck);
document.addEventListener("visibilitychange", recheck);

// Countdowns. The text is not announced every second: only the state itself is a live region.
/** @type {WeakMap<HTMLElement, number>} */
const due = new WeakMap();

/** @param {HTMLElement} state */
function countDown(state) {
  const { retryAfter, retried } = state.dataset;
  const at = due.get(state) ?? Date.now() + Number(retryAfter) * 1000;
  due.set(state, at);
  const left = Math.ceil((at - Date.now()) / 1000);
  const shown = state.querySelector(".state-countdown");
  if (left > 0) {
    shown?.setAttribute("aria-hidden", "true");
    if (shown) shown.textContent = `Next in ${left} s.`;
  } else if (document.visibilityState === "visible" && !retried) {
    state.dataset.retried = "1";
    if (shown) shown.textContent = "Trying…";
    const region = state.querySelector("[data-retry]")?.getAttribute("data-retry");
    if (region) again(region);
  }
}
setInterval(() => all("[data-retry-after]").forEach(countDown), 500);
