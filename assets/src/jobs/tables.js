// Tables of a job and of a run: parameters, tasks, runs; and tasks by runs (portal.ui.jobdrawings).
import { element, icon } from "../dom.js";
import { add, badge, target, when } from "../parts/drawings.js";
import { fits } from "./taskfilter.js";

/** @typedef {import("../dom.js").Child} Child */
/** @typedef {import("../parts/drawings.js").States} States */
/** @typedef {import("../parts/drawings.js").Target} Target */
/** @typedef {string | number | null | Target & {text?: string, title?: string, state?: string, exact?: number | null}} Item */
/** @typedef {Target & {title: string, state: string}} Run */

/**
 * @param {Item} item
 * @param {States} states
 */
function held(item, states) {
  if (item === null) return element("span", { class: "text-body-secondary" }, "–");
  if (typeof item !== "object") return String(item);
  if (item.state) return badge(states[item.state]);
  if (item.exact !== undefined) return when(item.exact, "exact");
  return target(item, { title: item.title }, item.text);
}

/**
 * @param {string} name
 * @param {string} classes
 * @param {Element} head
 * @param {Element[]} rows
 */
function whole(name, classes, head, rows) {
  const parts = [element("thead", {}, head), element("tbody", {}, ...rows)];
  const about = { class: "grid-small table-scroll", tabindex: "0", role: "group", "aria-label": `${name}, scrollable` };
  return [element("div", about, element("table", { class: classes, "aria-label": name }, ...parts))];
}

/** @typedef {{cells: Item[], chosen?: boolean, task?: string, state?: string}} Row `task`: it is of this task */

/** @param {{name: string, columns: string[], rows: Row[], states: States}} value */
function table({ name, columns, rows: every, states }) {
  const rows = every.filter(({ task, state }) => task === undefined || fits(task, state));
  const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column)));
  const lines = rows.map(({ cells, chosen }) => {
    const drawn = cells.map((item) => element("td", {}, held(item, states)));
    return element("tr", { class: chosen && "is-chosen" }, ...drawn);
  });
  return whole(name, "table table-hover small-grid", head, lines);
}

/**
 * @param {Run} run
 * @param {States} states
 */
function runCell(run, states) {
  const { tone, icon: symbol } = states[run.state];
  const words = element("span", { class: "visually-hidden" }, run.title);
  return target(run, { class: `run-cell is-${tone}`, title: run.title }, icon(symbol), words);
}

/** @param {{name: string, runs: Run[], rows: {key: string, cells: (Run | null)[]}[], states: States}} value */
function matrix({ name, runs, rows, states }) {
  const heads = runs.map((run) => element("th", { scope: "col" }, runCell(run, states)));
  const head = element("tr", {}, element("th", { scope: "col" }, "Task"), ...heads);
  const absent = () => element("span", { class: "visually-hidden" }, "not in this run");
  const shown = rows.filter(({ key, cells }) => fits(key, ...cells.map((run) => run?.state)));
  const lines = shown.map(({ key, cells }) => {
    const drawn = cells.map((run) => element("td", {}, run ? runCell(run, states) : absent()));
    return element("tr", {}, element("th", { scope: "row" }, key), ...drawn);
  });
  return whole(name, "matrix", head, lines);
}

add("table", table);
add("matrix", matrix);
