// The fields in which a chart is chosen, by the names of what they choose (chart-spec.js).
import { element } from "../dom.js";
import * as specs from "./chart-spec.js";

/** @typedef {import("./chart-spec.js").Spec} Spec */
/** @typedef {import("./result.js").Column} Column */
/** @typedef {Record<string, HTMLSelectElement | HTMLInputElement>} Fields */

/**
 * @param {string} label
 * @param {[string | number, string][]} options
 */
function select(label, options) {
  const made = element("select", { class: "form-select form-select-sm", "aria-label": label });
  made.append(...options.map(([key, text]) => new Option(text, String(key))));
  return made;
}

/**
 * @param {string} label
 * @param {string} placeholder
 * @param {string} mode
 */
function input(label, placeholder, mode) {
  const more = { placeholder, inputmode: mode, autocomplete: "off", maxlength: 200 };
  return element("input", { class: "form-control form-control-sm", "aria-label": label, ...more });
}

/**
 * @param {Column[]} columns
 * @param {[number, string][]} names of those that may be chosen
 * @returns {Fields}
 */
export function fieldsOf(columns, names) {
  /** @type {(kinds: string[], none: string) => [string | number, string][]} */
  const some = (kinds, none) => [["", none], ...names.filter(([index]) => kinds.includes(columns[index].kind))];
  return {
    kind: select("Kind of chart", specs.KINDS),
    x: select("Across", names),
    inner: select("Then by", [["", "no second level"], ...names]),
    latitude: select("Latitude", some(["number"], "–")),
    longitude: select("Longitude", some(["number"], "–")),
    period: select("Newest of", some(["date", "time"], "of all rows")),
    unit: select("Times", specs.UNITS),
    aggregate: select("Value", specs.AGGREGATES),
    y: select("Values from", [["", "–"], ...names]),
    aggregate2: select("Second value", specs.AGGREGATES),
    y2: select("Second values from", [["", "–"], ...names]),
    series: select("Series", [["", "no series"], ...names]),
    size: select("Size", some(["number"], "one size")),
    stack: select("Bars", specs.STACKS),
    lying: select("Direction", [
      ["", "upright"],
      ["1", "lying"],
    ]),
    order: select("Order", specs.ORDERS),
    target: input("Target", "target", "decimal"),
    line: input("Line at", "line at", "decimal"),
    title: input("Title of the chart", "title", "text"),
  };
}

const COLUMNS = new Set(["x", "y", "series", "inner", "latitude", "longitude", "period", "y2", "size"]);
const ALWAYS = new Set(["kind", "x", "y", "series", "aggregate", "unit"]);

/**
 * @param {Fields} fields
 * @param {Spec} chosen
 */
export function write(fields, chosen) {
  for (const [name, field] of Object.entries(fields)) {
    const value = /** @type {Record<string, unknown>} */ (chosen)[name];
    field.value = value === true ? "1" : String(value || value === 0 ? value : "");
  }
  if (!fields.aggregate2.value) fields.aggregate2.value = "avg";
}

/**
 * What is chosen; of what is not as usual only what this kind of chart has.
 *
 * @param {Fields} fields
 * @param {Column[]} columns
 * @returns {Spec}
 */
export function read(fields, columns) {
  /** @type {Record<string, unknown>} */
  const found = {};
  for (const [name, { value }] of Object.entries(fields)) {
    if (COLUMNS.has(name)) found[name] = value === "" ? null : Number(value);
    else found[name] = name === "lying" ? value === "1" : value;
  }
  found.unit ||= null;
  const hidden = specs.absent(/** @type {any} */ (found), columns);
  for (const name of Object.keys(found)) {
    const isUsual = found[name] === null || found[name] === "" || found[name] === false;
    if (!ALWAYS.has(name) && (isUsual || hidden[name])) delete found[name];
  }
  return /** @type {any} */ (found);
}
