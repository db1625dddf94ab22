// Where a statement stands, in words.
import { counted, excerpt, seconds } from "../text.js";
import { running } from "./statements.js";

/** @typedef {import("./statements.js").State} State */

/** @type {Record<string, string>} */
const WORDS = {
  PENDING: "Pending",
  RUNNING: "Running",
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  CANCELED: "Canceled",
  CLOSED: "Expired",
  REFUSED: "Not run",
  SKIPPED: "Not run",
  WAITING: "Waiting",
  USED: "Done",
  UNKNOWN: "Not known",
};
/** @type {Record<string, string>} */
const TONES = { SUCCEEDED: "good", FAILED: "bad", REFUSED: "bad" };

/** @param {string} state in Databricks' word, or ours */
export const wordOf = (state) => WORDS[state] ?? state;

/** @param {State} state */
function rowsOf({ state, rows, truncated }) {
  if (state !== "SUCCEEDED" || rows === undefined) return "";
  const words = counted(rows, "row");
  return truncated ? `first ${words}; there are more` : words;
}

/**
 * @param {State} state
 * @param {number} now
 */
function clockOf(state, now) {
  if (running(state) && state.started) return seconds((now - state.started) / 1000);
  return typeof state.seconds === "number" ? seconds(state.seconds, true) : "";
}

/**
 * @param {State} state
 * @param {boolean} stopping
 */
function phrase(state, stopping) {
  if (stopping && running(state)) return "Canceling";
  if (state.state === "PENDING" && state.warehouseState) return `Warehouse ${state.warehouseState.toLowerCase()}`;
  return wordOf(state.state) || "Looking it up";
}

/**
 * The line beside Run.
 *
 * @param {State | undefined} state of the statement that shows
 * @param {{asking: number, stopping: Set<string>}} page
 * @param {number} now
 * @returns {{words: string, clock: string, rows: string, tone: string}}
 */
export function status(state, { asking, stopping }, now) {
  if (asking) return { words: "Submitting", clock: seconds((now - asking) / 1000), rows: "", tone: "busy" };
  if (!state) return { words: "Ready", clock: "", rows: "", tone: "idle" };
  return {
    words: phrase(state, stopping.has(state.id)),
    clock: clockOf(state, now),
    rows: rowsOf(state),
    tone: running(state) ? "busy" : (TONES[state.state] ?? "idle"),
  };
}

const LONGEST = 32;

/**
 * What a result's tab is called.
 *
 * @param {State | undefined} state
 * @param {string} region
 */
export const titleOf = (state, region) => excerpt(state?.sql || state?.title || state?.state || region, LONGEST);
