// A query's parameters as its author defined them, and what each is set to. A draft has both apart: `params` by name, type
// and value, and `definitions`, everything else, in the order in which they are shown.
import { guess } from "./parameter-types.js";

/**
 * @typedef {{
 *   name: string, type?: string, value?: string, title?: string, options?: string[], query?: string | null,
 *   multi?: boolean, joined?: {prefix: string, separator: string, suffix: string} | null,
 *   min?: string | null, max?: string | null, rerun?: boolean,
 * }} Definition as portal/databricks/definitions.py has it
 */
/** @typedef {Definition & {type: string, value: string}} Parameter */
/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {{definitions: Definition[], params: import("./draft.js").Parameters, sql: string}} Holder a draft, as far as this goes */

/**
 * A parameter as it holds: as it was set, defined, or guessed.
 *
 * @param {Holder} draft
 * @param {string} name
 * @returns {Parameter}
 */
export function parameter(draft, name) {
  const defined = draft.definitions.find((one) => one.name === name);
  const type = draft.params[name]?.type ?? defined?.type ?? guess(name, draft.sql);
  const first =
    type === "range" ? "LAST_7_DAYS" : type === "times" ? "LAST_24_HOURS" : type === "boolean" ? "true" : "";
  return { ...defined, name, type, value: (draft.params[name]?.value ?? defined?.value) || first };
}

/**
 * Names in the order in which they are shown: as defined, then as the text has them.
 *
 * @param {Holder} draft
 * @param {string[]} names of the text
 */
export function ordered(draft, names) {
  const known = draft.definitions.map(({ name }) => name).filter((name) => names.includes(name));
  return [...known, ...names.filter((name) => !known.includes(name))];
}

/**
 * The definitions with one changed; it keeps its place.
 *
 * @param {Holder} draft
 * @param {string} name
 * @param {Partial<Definition>} change
 * @param {string[]} names of the text: the others keep their places too
 * @returns {Definition[]}
 */
export function defined(draft, name, change, names) {
  const of = (/** @type {string} */ one) => draft.definitions.find((other) => other.name === one) ?? { name: one };
  return ordered(draft, names).map((one) => (one === name ? { ...of(one), ...change } : of(one)));
}

/**
 * The definitions with one moved by so many places.
 *
 * @param {Holder} draft
 * @param {string} name
 * @param {number} step
 * @param {string[]} names of the text
 * @returns {Definition[]}
 */
export function moved(draft, name, step, names) {
  const found = defined(draft, name, {}, names);
  const at = found.findIndex((one) => one.name === name);
  const to = Math.min(Math.max(at + step, 0), found.length - 1);
  if (at >= 0) found.splice(to, 0, ...found.splice(at, 1));
  return found;
}

/**
 * Everything of the parameters that the text names, as the server keeps it.
 *
 * @param {Holder} draft
 * @param {string[]} names of the text
 */
export const merged = (draft, names) => ordered(draft, names).map((name) => parameter(draft, name));

/**
 * What a statement is run with.
 *
 * @param {Parameter} parameter
 */
export function given({ type, value, multi, joined, min, max }) {
  /** @type {Record<string, any>} */
  const found = { type, value };
  if (type === "number") {
    if (min) found.min = min;
    if (max) found.max = max;
  }
  if (type === "choice" && multi) {
    found.multi = true;
    if (joined) found.joined = joined;
  }
  return found;
}

/**
 * What is kept, as a draft has it.
 *
 * @param {Definition[]} kept
 * @returns {Pick<Holder, "definitions" | "params">}
 */
export function parted(kept) {
  /** @type {import("./draft.js").Parameters} */
  const params = {};
  const definitions = kept.map(({ type = "text", value = "", ...others }) => {
    params[others.name] = { type, value };
    return others;
  });
  return { definitions, params };
}

/**
 * What was defined of a parameter beyond its name; nothing where it is as it was found.
 *
 * @param {Definition} definition
 */
export const isBare = ({ name: _, ...others }) =>
  Object.values(others).every((one) => !one || (Array.isArray(one) && !one.length));

/**
 * The chosen values of a choice.
 *
 * @param {Parameter} parameter
 * @returns {string[]}
 */
export function chosen({ value, multi }) {
  if (!value) return [];
  if (!multi) return [value];
  try {
    const found = JSON.parse(value);
    return Array.isArray(found) ? found.map(String) : [value];
  } catch {
    return [value];
  }
}
