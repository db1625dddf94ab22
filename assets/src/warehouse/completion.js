// Completion from the viewer's own catalog, fetched as it is needed and kept for a minute, beside keywords and functions.
import { post } from "../http.js";
import * as sqltext from "./sqltext.js";
import { where } from "./where.js";

/** @typedef {[name: string, kind: string, note?: string]} Name */
/** @typedef {import("@codemirror/autocomplete").Completion} Completion */
/** @typedef {import("@codemirror/autocomplete").CompletionContext} Context */

const KEEP = 60000;
const AROUND = 20000; // characters before and after the cursor in which tables are looked for
const MOST_TABLES = 12;

/** A path that is being written: names, the last one perhaps not to its end. */
const WRITTEN = /(?:(?:`(?:[^`]|``)*`|[\p{L}_][\p{L}\p{N}_$]*)\.)*(?:`(?:[^`]|``)*|[\p{L}_][\p{L}\p{N}_$]*)?$/u;

/** @type {Map<string, {at: number, names: Promise<Name[]>}>} by the path as JSON */
const kept = new Map();

/**
 * What is below a path; the same promise for all who ask within a minute.
 *
 * @param {string[]} path
 * @returns {Promise<Name[]>}
 */
export function below(path) {
  const key = JSON.stringify(path);
  const known = kept.get(key);
  if (known && Date.now() - known.at < KEEP) return known.names;
  const names = post("catalog/names", { path }).then((found) => found.names);
  kept.set(key, { at: Date.now(), names });
  names.catch(() => kept.delete(key));
  return names;
}

/**
 * @param {string[]} path
 * @returns {Promise<Name[]>}
 */
const quietly = (path) => below(path).catch(() => []);

/** @type {Record<string, string>} */
const TYPES = { catalog: "namespace", schema: "namespace", table: "class", view: "interface", column: "property" };

/**
 * @param {Name[]} names
 * @param {number} boost
 * @returns {Completion[]}
 */
export function options(names, boost = 0) {
  return names.map(([name, kind, note]) => ({
    label: name,
    apply: sqltext.quote(name),
    type: TYPES[kind] ?? "text",
    detail: kind === "column" ? note : undefined,
    info: kind !== "column" && note ? note : undefined,
    boost,
  }));
}

/**
 * Where a written path leads from here: as it stands, below the current catalog, below the current schema.
 *
 * @param {string[]} path
 * @param {string[]} here `[catalog, schema]`, or less
 */
export function readings(path, here) {
  const [catalog, schema] = here.length > 1 ? here : [undefined, here[0]];
  const ways = [path];
  if (catalog) ways.push([catalog, ...path]);
  if (catalog && schema) ways.push([catalog, schema, ...path]);
  return ways.filter((one) => one.length <= 3);
}

/**
 * @param {string} a
 * @param {string} [b]
 */
const same = (a, b) => a.toLowerCase() === b?.toLowerCase();

/**
 * What is below a path, found by going down from the top: a name that is not there is not asked for.
 *
 * @param {string[]} path
 * @returns {Promise<Name[]>}
 */
async function found(path) {
  for (let depth = 0; depth < path.length; depth++) {
    const names = await quietly(path.slice(0, depth));
    if (!names.some(([name]) => same(name, path[depth]))) return [];
  }
  return quietly(path);
}

/** @param {sqltext.Table} table */
async function columnsOf(table) {
  for (const path of readings(table.path, where()).filter((one) => one.length === 3)) {
    const names = await found(path);
    if (names.length) return names;
  }
  return [];
}

/**
 * Each name once: the first that has it.
 *
 * @param {Completion[]} all
 */
export function distinct(all) {
  const seen = new Set();
  return all.filter(({ label }) => {
    const isFirst = !seen.has(label);
    seen.add(label);
    return isFirst;
  });
}

/**
 * @param {string[]} path behind which a name is written
 * @param {sqltext.Table[]} tables that the text names
 */
async function behind(path, tables) {
  const [first] = path;
  const called = (/** @type {sqltext.Table} */ one) => same(one.alias, first) || same(one.path.at(-1) ?? "", first);
  const table = path.length === 1 ? tables.find(called) : undefined;
  const lists = await Promise.all([table ? columnsOf(table) : [], ...readings(path, where()).map(found)]);
  return lists.flatMap((names, index) => options(names, index ? 0 : 2));
}

/** @param {sqltext.Table[]} tables */
async function anywhere(tables) {
  const here = where();
  const columns = await Promise.all(tables.map(columnsOf));
  const around = await Promise.all([[], ...(here.length > 1 ? [[here[0]], here] : [])].map(quietly));
  const aliases = tables.filter(({ alias }) => alias);
  return [
    ...columns.flatMap((names) => options(names, 20)),
    ...aliases.map(({ alias, path }) => ({ label: alias, type: "variable", detail: path.join("."), boost: 15 })),
    ...around.flatMap((names) => options(names, 5)),
  ];
}

/**
 * The answer may come after the viewer has left: a list would then open over what they do now.
 *
 * @param {Context} context
 */
export async function complete(context) {
  const before = context.matchBefore(WRITTEN);
  if (!before || (before.from === before.to && !context.explicit)) return null;
  const dot = before.text.lastIndexOf(".");
  const { doc } = context.state;
  const from = Math.max(0, context.pos - AROUND);
  const text = doc.sliceString(from, Math.min(doc.length, context.pos + AROUND));
  const path = dot < 0 ? [] : sqltext.names(before.text.slice(0, dot));
  const tables = sqltext.tables(sqltext.statementAt(text, context.pos - from));
  const all = distinct(await (path.length ? behind(path, tables) : anywhere(tables.slice(0, MOST_TABLES))));
  if (!all.length || context.view?.hasFocus === false) return null;
  return { from: before.from + dot + 1, options: all, validFor: /^[\w$`]*$/ };
}
