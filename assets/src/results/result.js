// A result: its first window, the view of it that shows, and its rows, in windows from the server.
import { tell } from "../events.js";
import { post } from "../http.js";
import { count } from "../text.js";
import { rerun } from "../warehouse/statements.js";
import { phrase } from "./filters.js";
import { byWhom, ended } from "./work.js";

/** @typedef {{name: string, kind: string, type?: string}} Column */
/** @typedef {string | [string] | null} Value text; in a list where it is cut; NULL */
/**
 * @typedef {{
 *   id: string, columns: Column[], rows: Value[][], total: number, truncated: boolean, bytes: number | null,
 *   safe?: boolean,
 * }} First window; `safe`: what leaves the page is text to a spreadsheet as well
 */
/** @typedef {{column: number, descending: boolean}} Sort */
/** @typedef {{column: number, operator: string, value: string, other: string}} Filter */
/** @typedef {{id: string, view: {sort: Sort[], filter: Filter[]} | null, total: number, here: boolean}} Found */
/** @typedef {{startRow: number, endRow: number, sortModel: {colId: string, sort: string}[], successCallback: Function, failCallback: Function}} Asked by the grid */

/**
 * Rows as the grid wants them.
 *
 * @param {Value[][]} rows
 */
export const keyed = (rows) => rows.map((row) => Object.fromEntries(row.map((value, index) => [`c${index}`, value])));

/** @param {string} id of a grid's column */
export const columnOf = (id) => Number(id.slice(1));

export class Result {
  /** @type {Sort[]} */
  sort = [];
  /** @type {Filter[]} */
  filter = [];
  /** @type {Set<number>} columns that do not show */
  hidden = new Set();
  /** @type {Map<string, Promise<Found>>} which statement has the rows of a view, by the view as JSON */
  resolved = new Map();

  /**
   * @param {First} first
   * @param {any} api of AG Grid
   * @param {(error: unknown) => void} trouble told of a window that did not come, and null of one that did
   */
  constructor(first, api, trouble) {
    this.first = first;
    this.api = api;
    this.trouble = trouble;
    this.id = first.id;
    this.source = { rowCount: undefined, getRows: (/** @type {Asked} */ asked) => this.rows(asked) };
  }
  /** @returns {Sort[]} as the grid has it */
  sorted() {
    /** @type {{colId: string, sort: string | null, sortIndex: number | null}[]} */
    const columns = this.api.getColumnState();
    return columns
      .filter(({ sort }) => sort)
      .sort((a, b) => (a.sortIndex ?? 0) - (b.sortIndex ?? 0))
      .map(({ colId, sort }) => ({ column: columnOf(colId), descending: sort === "desc" }));
  }
  get isPlain() {
    return !this.sort.length && !this.filter.length;
  }
  /**
   * Which statement has the rows of the current view, and whether the server still has to arrange them.
   *
   * @returns {Promise<Found>}
   */
  resolve() {
    if (this.isPlain) return Promise.resolve({ id: this.id, view: null, total: this.first.total, here: true });
    const view = structuredClone({ sort: this.sort, filter: this.filter });
    const key = JSON.stringify(view);
    const known = this.resolved.get(key);
    if (known) return known;
    const found = this.arrange(view);
    this.resolved.set(key, found);
    found.catch(() => this.resolved.delete(key));
    return found;
  }
  /**
   * @param {{sort: Sort[], filter: Filter[]}} view
   * @returns {Promise<Found>}
   */
  async arrange(view) {
    const found = await post(`results/${this.id}/view`, { view, again: rerun(this.id) });
    if (found.here) return { id: this.id, view, total: found.total, here: true };
    this.say("The warehouse sorts and filters; this result is too large for the portal…", found.id);
    const { total } = await ended(found.id);
    return { id: found.id, view: null, total, here: false };
  }
  /**
   * @param {string} text
   * @param {string | null} cancel id of a statement that may be cancelled
   */
  say(text, cancel = null) {
    tell("portal:result-note", { id: this.id, text, cancel });
  }
  /** What a chart, a profile or a view covers where nothing is filtered. */
  get whole() {
    return this.first.truncated ? "the rows that were fetched" : "the whole result";
  }
  /** The view's part in what is asked of the server about the rows that show, in whatever order. */
  get asked() {
    return this.filter.length ? { view: { filter: this.filter } } : {};
  }
  /** Whether every row and column shows, as it came. */
  get isWhole() {
    return this.isPlain && !this.hidden.size;
  }
  /** Numbers of the columns that show. */
  get shownColumns() {
    return this.first.columns.map((_, index) => index).filter((index) => !this.hidden.has(index));
  }
  /** The columns that show, as one chooses them. */
  get choices() {
    return choices(this.first.columns).filter(([index]) => !this.hidden.has(index));
  }
  /** The whole view, for a file, a copy and the link. */
  get view() {
    return {
      sort: this.sort,
      filter: this.filter,
      ...(this.hidden.size && { columns: this.shownColumns }),
    };
  }
  /** Tells a view of other rows from this one; the order does not matter. */
  get rowsKey() {
    return JSON.stringify(this.filter);
  }
  /**
   * Which rows show, in words: "30 of 50 rows (status is open)".
   *
   * @returns {Promise<string>}
   */
  async rowsShown() {
    if (!this.filter.length) return this.whole;
    const { total } = await this.resolve();
    const phrases = this.filter.map((one) => phrase(this.first.columns[one.column], one)).join(", ");
    const fetched = this.first.truncated ? " that were fetched" : "";
    return `${count(total)} of ${count(this.first.total)} rows${fetched} (${phrases})`;
  }
  /** @param {Found} found */
  described(found) {
    if (this.isPlain) return "";
    const all = count(this.first.total);
    const whole = this.first.truncated ? `the ${all} rows that were fetched` : "the whole result";
    return this.filter.length
      ? `${count(found.total)} of ${all} rows: ${whole}, filtered ${byWhom(found.here)}.`
      : `Sorted ${byWhom(found.here)}: ${whole}.`;
  }
  /** @param {Asked} asked */
  async rows({ startRow, endRow, sortModel, successCallback, failCallback }) {
    this.sort = sortModel.map(({ colId, sort }) => ({ column: columnOf(colId), descending: sort === "desc" }));
    const { first } = this;
    if (this.isPlain && startRow === 0 && first.rows.length >= Math.min(endRow, first.total)) {
      this.say("");
      successCallback(keyed(first.rows), first.total);
      return;
    }
    try {
      const found = await this.resolve();
      const { rows, total } = await post(`results/${found.id}/rows`, {
        start: startRow,
        stop: endRow,
        view: found.view,
      });
      successCallback(keyed(rows), total);
      this.say(this.described(found));
      this.trouble(null);
    } catch (error) {
      failCallback();
      this.say("");
      this.trouble(error);
    }
  }
  /** @param {Iterable<number>} hidden at least one column goes on to show */
  hide(hidden) {
    const next = new Set(hidden);
    if (next.size >= this.first.columns.length) return;
    const ids = (/** @type {(index: number) => boolean} */ which) =>
      this.first.columns.flatMap((_, index) => (which(index) ? [`c${index}`] : []));
    this.hidden = next;
    this.api.setColumnsVisible(
      ids((index) => !next.has(index)),
      true,
    );
    this.api.setColumnsVisible(
      ids((index) => next.has(index)),
      false,
    );
    tell("portal:result-view", { id: this.id });
  }
  /**
   * Takes a view that a link brought; what does not suit the columns is left.
   *
   * @param {any} view
   */
  take(view) {
    const { columns } = this.first;
    const has = (/** @type {any} */ one) =>
      Number.isInteger(one?.column) && one.column >= 0 && one.column < columns.length;
    const list = (/** @type {unknown} */ given) => (Array.isArray(given) ? given : []);
    const wanted = new Set(list(view?.columns));
    if (wanted.size) this.hide(columns.map((_, index) => index).filter((index) => !wanted.has(index)));
    const sort = list(view?.sort).filter(has);
    const state = sort.map((one, at) => ({
      colId: `c${one.column}`,
      sort: one.descending ? "desc" : "asc",
      sortIndex: at,
    }));
    if (state.length) this.api.applyColumnState({ state });
    const filter = list(view?.filter).filter((one) => has(one) && typeof one.operator === "string");
    if (filter.length) this.refilter(filter);
  }
  /** @param {Filter[]} filter */
  refilter(filter) {
    this.filter = filter;
    this.api.ensureIndexVisible(0, "top");
    // Another object, so that the grid asks anew.
    this.source = { ...this.source };
    this.api.setGridOption("datasource", this.source);
    tell("portal:result-view", { id: this.id });
  }
  /**
   * Rows of the current view as arrays, at most a thousand at a time.
   *
   * @param {number} start
   * @param {number} stop
   * @returns {Promise<{rows: Value[][], total: number}>}
   */
  async window(start, stop) {
    const found = await this.resolve();
    return post(`results/${found.id}/rows`, { start, stop, view: found.view });
  }
  /**
   * @param {number} row
   * @param {number} column
   * @returns {Promise<{type: string, text: string | null, tree?: import("./cell.js").Tree}>}
   */
  async cell(row, column) {
    const found = await this.resolve();
    return post(`results/${found.id}/cell`, { row, column, view: found.view });
  }
}

/** @type {Map<string, Result>} by statement id */
const results = new Map();

/** @param {string} id */
export const resultOf = (id) => results.get(id);

/** @param {Result} result */
export const keep = (result) => results.set(result.id, result);

/**
 * Columns as one chooses them: no two names are equal (`labels` of portal.charts.groups does the same).
 *
 * @param {Column[]} columns
 * @returns {[number, string][]}
 */
export function choices(columns) {
  const taken = new Set();
  return columns.map(({ name }, index) => {
    const base = name || `(column ${index + 1})`;
    let label = base;
    for (let number = 2; taken.has(label); number += 1) label = `${base} (${number})`;
    taken.add(label);
    return [index, label];
  });
}
