// A draft as the fragment of an address, which no server sees: SQL, parameters, the current schema, charts and a view.
import { fromLink } from "../results/chart-spec.js";
import { isBare, ordered } from "./parameter-definitions.js";
import { markers } from "./sqltext.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").View} View */
/** @typedef {import("./parameter-definitions.js").Definition} Definition */

const MOST = 1000; // parameters
export const LONGEST = 30000; // characters; beyond that mail, chat and browsers cut a link

/**
 * @param {Draft} draft
 * @param {string | null} warehouse
 * @param {Record<string, string>} view
 * @returns {string | null} "" where there is no SQL; null where it is too long for a link
 */
export function toFragment(draft, warehouse, view) {
  if (draft.sql.length > LONGEST) return null;
  if (!draft.sql.trim()) return "";
  const found = new URLSearchParams({ sql: draft.sql });
  if (draft.where) found.set("schema", draft.where);
  if (draft.limit && draft.limit !== "1000") found.set("rows", draft.limit);
  if (warehouse) found.set("warehouse", warehouse);
  const names = markers(draft.sql);
  for (const name of names) {
    const given = draft.params?.[name];
    if (given) found.set(`p.${name}`, `${given.type}:${given.value}`);
  }
  const defined = ordered(draft, names).map((name) => draft.definitions.find((one) => one.name === name) ?? { name });
  if (!defined.every(isBare) || defined.some(({ name }, at) => name !== names[at])) {
    found.set("parameters", JSON.stringify(defined.map(short)));
  }
  for (const [key, value] of Object.entries(view)) found.set(key, value);
  const text = `#${found}`;
  return text.length <= LONGEST ? text : null;
}

/**
 * A definition without what is as usual.
 *
 * @param {Definition} definition
 */
const short = ({ type: _, value: __, ...others }) =>
  Object.fromEntries(Object.entries(others).filter(([, one]) => one && !(Array.isArray(one) && !one.length)));

/**
 * What an address says of parameters; anything that is not of its kind counts as absent.
 *
 * @param {string | null} json
 * @returns {Definition[]}
 */
function definitionsOf(json) {
  /** @type {any} */
  let found;
  try {
    found = JSON.parse(json ?? "[]");
  } catch {
    return [];
  }
  const text = (/** @type {any} */ one) => typeof one === "string";
  return (Array.isArray(found) ? found : [])
    .filter((one) => text(one?.name))
    .slice(0, MOST)
    .map((one) => ({
      name: one.name,
      ...(text(one.title) && { title: one.title }),
      ...(Array.isArray(one.options) && { options: one.options.filter(text) }),
      ...(text(one.query) && { query: one.query }),
      ...(one.multi === true && { multi: true }),
      ...(text(one.joined?.separator) && { joined: joinedOf(one.joined) }),
      ...(text(one.min) && { min: one.min }),
      ...(text(one.max) && { max: one.max }),
      ...(one.rerun === true && { rerun: true }),
    }));
}

/** @param {Record<string, any>} of */
const joinedOf = ({ prefix, separator, suffix }) => ({
  prefix: String(prefix ?? ""),
  separator: String(separator),
  suffix: String(suffix ?? ""),
});

/**
 * How the result shows, of whatever columns its statement has; a link that was cut shows all rows.
 *
 * @param {string | null} json
 * @param {string | null} chart
 * @returns {View | null}
 */
function viewOf(json, chart) {
  /** @type {any} */
  let given = null;
  try {
    given = JSON.parse(json ?? "null");
  } catch {
    // as if it were not there
  }
  const parts = ["sort", "filter", "columns"].filter((name) => Array.isArray(given?.[name]));
  /** @type {View} */
  const found = Object.fromEntries(parts.map((name) => [name, given[name]]));
  if (chart) found.charts = fromLink(chart);
  return Object.keys(found).length ? found : null;
}

/**
 * @param {string} hash
 * @returns {{draft: Pick<Draft, "sql" | "params" | "definitions" | "where" | "limit" | "view">, warehouse: string | null}
 *   | null} null where it carries no SQL
 */
export function fromFragment(hash) {
  const asked = new URLSearchParams(hash.slice(1));
  const sql = asked.get("sql");
  if (sql === null) return null;
  /** @type {import("./draft.js").Parameters} */
  const params = {};
  for (const [key, text] of asked) {
    if (!key.startsWith("p.")) continue;
    const colon = text.indexOf(":");
    params[key.slice(2)] = { type: text.slice(0, colon), value: text.slice(colon + 1) };
  }
  return {
    draft: {
      sql,
      params,
      definitions: definitionsOf(asked.get("parameters")),
      where: asked.get("schema") || "",
      limit: asked.get("rows") || "1000",
      view: viewOf(asked.get("view"), asked.get("chart")),
    },
    warehouse: asked.get("warehouse"),
  };
}
