// The list of jobs: filters by value, and the grid. Which columns there are, and what a cell holds, portal.ui.joblist says.
import { element, icon } from "../dom.js";
import { add, badge, target, when } from "../parts/drawings.js";

/** @typedef {import("../dom.js").Attributes} Attributes */
/** @typedef {import("../dom.js").Child} Child */
/** @typedef {import("../parts/drawings.js").States} States */
/** @typedef {import("../parts/drawings.js").Target & {text: string, title?: string}} Named */
/** @typedef {{text: string, set?: Record<string, string>, sorted?: "ascending" | "descending"}} Column */
/** @typedef {{name: string, href: string, key: string, tags: Named[], more: number}} Job */
/** @typedef {{lines: {words: string, title?: string, paused: boolean}[], next: number | null}} Schedule */
/** @typedef {import("../parts/drawings.js").Target & {state: string, took: string}} Run */
/** @typedef {{class?: string, span?: number, title?: string}} About a cell */
/**
 * What a cell holds: one of these.
 *
 * @typedef {About & {
 *   text?: string, job?: Job, schedule?: Schedule, runs?: Run[], state?: string, when?: number | null, note?: string,
 *   waiting?: true,
 * }} Cell
 */

/**
 * @param {Named} item
 * @param {Attributes} attributes
 * @param {...Child} children
 */
function button(item, attributes, ...children) {
  const sets = { type: "button", "data-set": JSON.stringify(item.set), title: item.title, "data-key": item.key };
  return element("button", { ...sets, ...attributes }, ...children);
}

/** @param {Column} column */
function heading({ text, set, sorted }) {
  const about = { scope: "col", role: "columnheader" };
  if (!set) return element("th", about, text);
  const arrow = sorted ? icon(sorted === "ascending" ? "chevron-up" : "chevron-down") : null;
  const sort = button({ set, text, key: `sort ${text}` }, { class: "sort" }, text, arrow);
  return element("th", { ...about, "aria-sort": sorted }, sort);
}

/** @param {Job} job */
function name({ name, href, key, tags, more }) {
  const link = target({ href, key }, { class: "job-link" }, name);
  if (!tags.length) return [link];
  const drawn = tags.map((tag) => button(tag, { class: "tag" }, tag.text));
  return [link, element("span", { class: "job-tags" }, ...drawn, more > 0 && element("span", {}, `+${more}`))];
}

/** @param {number} moment */
const glance = (moment) => [when(moment), " (", when(moment, "minute"), ")"];

/**
 * @param {Schedule} schedule
 * @param {States} states
 */
function schedule({ lines, next }, states) {
  /** @type {Child[]} */
  const parts = lines.flatMap(({ words, title, paused }) => [
    element("span", { class: "words", title }, words),
    paused && badge(states.PAUSED),
  ]);
  if (!lines.length) parts.push(element("span", { class: "text-body-secondary" }, "By hand"));
  if (next !== null) parts.push(element("span", { class: "job-next" }, "next: ", ...glance(next)));
  return parts;
}

/**
 * @param {Run[]} some the oldest first
 * @param {States} states
 */
function runs(some, states) {
  const cells = some.map((run) => {
    const state = states[run.state];
    const text = `${state.text}, ${run.took}`;
    const words = element("span", { class: "visually-hidden" }, text);
    const shown = { class: `run-cell is-${state.tone}`, title: text };
    return element("li", {}, target(run, shown, icon(state.icon), words));
  });
  return [element("ul", { class: "run-cells" }, ...cells)];
}

/**
 * @param {Cell} cell
 * @param {States} states
 * @returns {Child[]}
 */
function held(cell, states) {
  if (cell.waiting) return [element("span", { class: "skeleton-bar", "aria-hidden": "true" })];
  if (cell.job) return name(cell.job);
  if (cell.schedule) return schedule(cell.schedule, states);
  if (cell.runs) return runs(cell.runs, states);
  if (cell.state) return [badge(states[cell.state])];
  if (cell.when) return [when(cell.when), element("span", { class: "job-moment" }, when(cell.when, "minute"))];
  if (cell.when !== undefined) return [when(null)];
  if (cell.note) return [element("span", { class: "cell-note", title: cell.title }, cell.note)];
  return [cell.text];
}

/** @param {{count: number, columns: Column[], rows: Cell[][], states: States}} value */
function jobs({ count, columns, rows, states }) {
  /** @param {Cell} cell */
  const draw = (cell) => {
    const title = cell.note ? null : cell.title;
    const about = { role: "gridcell", class: cell.class, title, colspan: cell.span };
    return element("td", about, ...held(cell, states));
  };
  const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...columns.map(heading)));
  const lines = rows.map((cells) => element("tr", { role: "row" }, ...cells.map(draw)));
  const about = { "aria-label": "Jobs", "aria-rowcount": count + 1, "aria-colcount": columns.length };
  const grid = element(
    "table",
    { role: "grid", class: "table table-hover small-grid jobs-grid", ...about },
    head,
    element("tbody", { role: "rowgroup" }, ...lines),
  );
  return [element("div", { class: "grid grid-small" }, grid)];
}

add("jobs", jobs);
