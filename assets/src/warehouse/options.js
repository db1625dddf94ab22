// What a parameter may be chosen from: a list of its own, or the rows of a saved query, which are asked for once a page.
import { post } from "../http.js";

/**
 * @typedef {{options: string[], more: boolean, with?: [title: string, value: string][]}} Options `more`: there are values
 *   that were not read; `with`: what the saved query's own parameters were set to
 */

const SHOWN = 200; // at a time; more are found by searching
const AGAIN = 500; // ms until a statement that runs is asked for again

/** @type {Map<string, Promise<Options>>} by the saved query's id */
const rows = new Map();

/**
 * @param {string} query
 * @returns {Promise<Options>}
 */
async function read(query) {
  const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions();
  let found = await post("sql/options", { query, zone });
  while (found.statement) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    found = await post("sql/options", { query, zone, statement: found.statement });
  }
  return found;
}

/**
 * The values of a saved query's first column, asked for once unless that failed.
 *
 * @param {string} query its id
 */
export function ofQuery(query) {
  const known = rows.get(query) ?? read(query);
  rows.set(query, known);
  known.catch(() => rows.delete(query));
  return known;
}

/**
 * Those that contain what is searched for, a few at a time.
 *
 * @param {Options} options
 * @param {string} words
 */
export function matching({ options, more, with: own = [] }, words) {
  const wanted = words.toLowerCase();
  const found = wanted ? options.filter((one) => one.toLowerCase().includes(wanted)) : options;
  const set = own.map(([title, value]) => `${title} = ${value}`).join(", ");
  const said = set ? `With the values that the query was saved with: ${set}.` : "";
  return { choices: found.slice(0, SHOWN), total: found.length, more, said };
}

/** @type {Promise<[id: string, name: string][]> | null} */
let named = null;

/** The saved queries that the viewer may see. */
export function queries() {
  named ??= post("sql/queries", {}).then(({ queries }) => queries);
  named.catch(() => {
    named = null;
  });
  return named;
}
