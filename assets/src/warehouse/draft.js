// A query as one keeps it: what the page shows is all of one such object, and switching drafts switches all of it.

/** @typedef {{type: string, value: string}} Given what a parameter is set to */
/** @typedef {Record<string, Given>} Parameters by name */
/** @typedef {import("./parameter-definitions.js").Definition} Definition what a parameter is, in the order in which they are shown */
/**
 * How a result shows. Columns are numbers: it is of results whose columns have these names, and of no others; a link's,
 * which has no names, is of any.
 *
 * @typedef {{
 *   names?: string[], sort?: import("../results/result.js").Sort[], filter?: import("../results/result.js").Filter[],
 *   columns?: number[], charts?: import("../results/chart-spec.js").Spec[],
 * }} View
 */
/**
 * @typedef {{
 *   sql: string, where: string, warehouse: string | null, limit: string, params: Parameters,
 *   definitions: Definition[], view: View | null,
 * }} Query what is saved, shared and compared; `warehouse`: null for the one that was chosen last
 */
/**
 * @typedef {{
 *   id: string, name: string, updated: string, mine?: boolean, drawn?: {name: string, type: string}[], base: Query,
 * }} Saved the workspace's query that a draft is: `updated`, its `update_time` when it was read; `base`, what it was then;
 *   `drawn`, the visualizations that people made of it in the workspace
 */
/**
 * @typedef {Query & {
 *   name: string, saved: Saved | null, statements: string[], shown: string | null,
 *   made: number, version: number, by: string,
 * }} Draft `statements`: ids of what it ran last, `shown` the one of them that shows; `made`: its place among the tabs;
 *   `version` counts its changes, `by` is the tab of the browser that made the last one
 */

/** @type {Draft} */
export const EMPTY = {
  name: "",
  sql: "",
  where: "",
  warehouse: null,
  limit: "1000",
  params: {},
  definitions: [],
  view: null,
  saved: null,
  statements: [],
  shown: null,
  made: 0,
  version: 0,
  by: "",
};

/**
 * The part of a draft that makes the query.
 *
 * @param {Query} draft
 * @returns {Query}
 */
export const queryOf = ({ sql, where, warehouse, limit, params, definitions, view }) => ({
  sql,
  where,
  warehouse,
  limit,
  params,
  definitions,
  view,
});

/** @param {any} value */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A draft out of what was kept, by whichever version of the portal; null where it is none.
 *
 * @param {any} kept
 * @returns {Draft | null}
 */
export function draftOf(kept) {
  if (typeof kept?.sql !== "string") return null;
  const draft = { ...structuredClone(EMPTY), ...kept };
  if (!isObject(draft.params)) draft.params = {};
  if (!Array.isArray(draft.definitions)) draft.definitions = [];
  if (!Array.isArray(draft.statements)) draft.statements = [];
  if (!isObject(draft.view)) draft.view = null;
  // Of older versions: saved under an id, without what it was then.
  if (draft.saved && !isObject(draft.saved.base)) draft.saved = { ...draft.saved, updated: "", base: queryOf(draft) };
  return draft;
}

/**
 * The same value whatever the order of its members, and without those that are not given.
 *
 * @param {any} value
 * @returns {any}
 */
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value ?? null;
  const given = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(
    given.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, ordered(member)]),
  );
}

/**
 * Whether two are the same query.
 *
 * @param {Query} one
 * @param {Query} other
 */
export const isSame = (one, other) => JSON.stringify(ordered(queryOf(one))) === JSON.stringify(ordered(queryOf(other)));

/** @param {Draft} draft whether it differs from the saved query that it is */
export function isEdited({ saved, name, ...query }) {
  return saved !== null && ((name || saved.name) !== saved.name || !isSame(query, saved.base));
}
