// The warehouse that statements go to: chosen, remembered, its state, and started when the viewer says so.
import { setProps } from "../dash.js";
import { by } from "../dom.js";
import { on, tell } from "../events.js";
import * as store from "../store.js";
import { whenChanged } from "../timing.js";
import { drafts } from "./drafts.js";
import { page, running } from "./statements.js";
import { choice as choiceOf, warehouse } from "./where.js";

export const CHOICE_KEY = "portal-warehouse";
const LOOK_EVERY = 4000;
/** @type {Record<string, string>} */
const WORDS = {
  STOPPED: "Stopped",
  STARTING: "Starting",
  STOPPING: "Stopping",
  RUNNING: "Running",
  DELETED: "Deleted",
};
let lookedAt = 0;

/**
 * The draft's, the last one that was chosen, or the portal's.
 *
 * @param {HTMLSelectElement} choice
 */
function settle(choice) {
  const mark = `${drafts.active} ${drafts.current.warehouse ?? ""}`;
  if (choice.dataset.set === mark) return;
  if (!choice.dataset.set) {
    choice.addEventListener("change", () => {
      store.write(CHOICE_KEY, choice.value);
      drafts.change({ warehouse: choice.value });
      draw();
    });
  }
  choice.dataset.set = mark;
  const options = [...choice.options];
  const own = options.find((option) => option.dataset.default)?.value;
  const wanted = [drafts.current.warehouse, store.read(CHOICE_KEY), own];
  choice.value = wanted.find((id) => id && options.some(({ value }) => value === id)) ?? options[0].value;
}
on("portal:draft", () => draw());

export function draw() {
  const choice = choiceOf();
  if (!choice?.options[0]?.value) return;
  settle(choice);
  const state = choice.selectedOptions[0]?.dataset.state || "";
  const [shown, start] = [by("warehouse-choice-state"), by("warehouse-start")];
  const text = WORDS[state] || state;
  if (shown && shown.textContent !== text) shown.textContent = text;
  if (shown) shown.dataset.state = state;
  if (start) start.hidden = state !== "STOPPED";
  // A statement of ours may have woken it, and starting takes a while: look again until it runs.
  const waking = state === "STOPPED" && [...page.states.values()].some(running);
  if ((state === "STARTING" || waking) && !document.hidden && Date.now() - lookedAt > LOOK_EVERY) look();
  // "Start it and run": what is submitted now waits in Databricks until the warehouse is there.
  if (page.runOnceAwake === drafts.active && ["STARTING", "RUNNING"].includes(state)) {
    page.runOnceAwake = "";
    tell("portal:run", { everything: page.everything });
  }
}

/** Asks in what state the warehouses are. */
export function look() {
  lookedAt = Date.now();
  setProps("warehouse-starting", { data: { n: lookedAt } });
}

/**
 * By the button beside the choice, or by "Start it and run" where a statement was not run.
 *
 * @param {HTMLElement} button
 */
export function start(button) {
  button.hidden = true;
  page.runOnceAwake = button.dataset.warehouse === "start-and-run" ? drafts.active : "";
  setProps("warehouse-starting", { data: { start: warehouse(), n: Date.now() } });
}

// Drawn anew, it has the first one chosen: put right before anyone sees it, or runs there.
whenChanged(() => {
  if (choiceOf()?.matches(":not([data-set])")) draw();
});
