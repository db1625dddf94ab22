// What is chosen for a chart of a result, and how the page's link keeps it. Columns are numbers here.

/** @typedef {import("./result.js").Column} Column */
/**
 * What most charts are told; the rest where it is not as usual.
 *
 * @typedef {{
 *   kind: string, x: number, y: number | null, series: number | null, aggregate: string, unit: string | null,
 *   title?: string, stack?: string, lying?: boolean, order?: string, aggregate2?: string, y2?: number | null,
 *   target?: string, line?: string, latitude?: number | null, longitude?: number | null, size?: number | null,
 *   inner?: number | null, period?: number | null,
 * }} Spec columns by their numbers
 */

/** @type {[string, string][]} */
export const KINDS = [
  ["bar", "Bar"],
  ["line", "Line"],
  ["area", "Area"],
  ["combo", "Two axes"],
  ["pie", "Pie"],
  ["scatter", "Scatter"],
  ["histogram", "Histogram"],
  ["box", "Box"],
  ["heat", "Heat map"],
  ["map", "Map"],
  ["number", "Number"],
  ["pivot", "Pivot"],
];
/** @type {[string, string][]} */
export const AGGREGATES = [
  ["count", "count of rows"],
  ["sum", "sum of"],
  ["avg", "average of"],
  ["min", "least of"],
  ["max", "greatest of"],
  ["median", "median of"],
  ["count-distinct", "distinct values of"],
];
/** @type {[string, string][]} */
export const UNITS = [
  ["", "as they are"],
  ["year", "by year"],
  ["quarter", "by quarter"],
  ["month", "by month"],
  ["week", "by week"],
  ["day", "by day"],
  ["hour", "by hour"],
  ["minute", "by minute"],
];
/** @type {[string, string][]} the first is as usual */
export const STACKS = [
  ["", "stacked"],
  ["none", "side by side"],
  ["percent", "as 100 %"],
];
/** @type {[string, string][]} */
export const ORDERS = [
  ["", "in the usual order"],
  ["value-", "largest first"],
  ["value", "smallest first"],
  ["x", "A to Z"],
  ["x-", "Z to A"],
  ["rows", "as the rows come"],
];

const BASE = ["kind", "x", "y", "series", "aggregate", "unit"];

/** @param {Spec} spec */
const dotted = ({ kind, x, y, series, aggregate, unit }) =>
  [kind, x, y ?? "", series ?? "", aggregate, unit ?? ""].join(".");

/**
 * Charts as the link keeps them: one that is told little is short, `bar.0.1..sum.month`.
 *
 * @param {Spec[]} specs
 */
export function toLink(specs) {
  const short = specs.length === 1 && Object.keys(specs[0]).every((name) => BASE.includes(name));
  return short ? dotted(specs[0]) : JSON.stringify(specs);
}

/**
 * @param {string} text
 * @returns {Spec[]}
 */
export function fromLink(text) {
  if (text.startsWith("[")) {
    try {
      /** @type {any[]} */
      const found = JSON.parse(text);
      return found.filter((one) => one && typeof one === "object").slice(0, 8);
    } catch {
      return [];
    }
  }
  const [kind, x, y, series, aggregate = "count", unit] = text.split(".");
  const number = (/** @type {string | undefined} */ part) => (part ? Number(part) : null);
  return [{ kind, x: Number(x), y: number(y), series: number(series), aggregate, unit: unit || null }];
}

/** @param {Column} column */
const isKey = ({ name }) => /(^|_)(id|key)$/i.test(name);

/**
 * The first column of one of some kinds that is more than a key; -1 where there is none.
 *
 * @param {Column[]} columns
 * @param {...string} kinds
 */
export const ofKind = (columns, ...kinds) =>
  columns.findIndex((column) => kinds.includes(column.kind) && !isKey(column));

/**
 * A chart that says something at once: time or text across, a number summed or rows counted.
 *
 * @param {Column[]} columns
 * @returns {Spec}
 */
export function first(columns) {
  const of = (/** @type {string} */ kind) => columns.findIndex((column) => column.kind === kind);
  const time = [of("date"), of("time")].find((index) => index >= 0);
  const x = time ?? Math.max(of("text"), 0);
  const number = columns.findIndex((column, index) => column.kind === "number" && index !== x && !isKey(column));
  return {
    kind: time === undefined ? "bar" : "line",
    x,
    y: number >= 0 ? number : null,
    series: null,
    aggregate: number >= 0 ? "sum" : "count",
    unit: time === undefined ? null : "month",
  };
}

/** @type {Record<string, string[]>} by kind, what is chosen besides its title; what depends on more is in `absent` */
const CHOICES = {
  bar: ["x", "unit", "aggregate", "y", "series", "stack", "lying", "order", "line"],
  line: ["x", "unit", "aggregate", "y", "series", "order", "line"],
  area: ["x", "unit", "aggregate", "y", "series", "stack", "order", "line"],
  combo: ["x", "unit", "aggregate", "y", "aggregate2", "y2", "order", "line"],
  pie: ["x", "unit", "aggregate", "y"],
  scatter: ["x", "y", "series", "size", "line"],
  histogram: ["x"],
  box: ["x", "unit", "y", "order"],
  heat: ["x", "unit", "aggregate", "y", "series", "order"],
  map: ["latitude", "longitude", "size", "series"],
  number: ["aggregate", "y", "period", "unit", "target"],
  pivot: ["x", "inner", "series", "unit", "aggregate", "y", "order"],
};
const ALL = [...new Set(Object.values(CHOICES).flat())];
const TIMES = ["date", "time"];

/**
 * Which of the choices a chart does not have.
 *
 * @param {Spec} spec
 * @param {Column[]} columns
 * @returns {Record<string, boolean>}
 */
export function absent(spec, columns) {
  const has = CHOICES[spec.kind] ?? CHOICES.bar;
  const found = Object.fromEntries(ALL.map((name) => [name, !has.includes(name)]));
  const timed = [spec.kind === "number" ? spec.period : spec.x];
  if (spec.kind === "pivot") timed.push(spec.inner, spec.series);
  found.unit ||= !timed.some((index) => TIMES.includes(columns[index ?? -1]?.kind));
  found.y ||= has.includes("aggregate") && spec.aggregate === "count";
  found.y2 ||= spec.aggregate2 === "count";
  found.stack ||= spec.series === null;
  found.order ||= spec.kind !== "pivot" && spec.kind !== "heat" && TIMES.includes(columns[spec.x]?.kind);
  return found;
}

/**
 * The choices after one of them has changed: what a kind of chart cannot do without is chosen.
 *
 * @param {Spec} spec
 * @param {string} changed name of the choice
 * @param {Column[]} columns
 * @returns {Spec}
 */
export function completed(spec, changed, columns) {
  const next = { ...spec };
  const numbers = columns.map(({ kind }, index) => (kind === "number" ? index : -1)).filter((index) => index >= 0);
  if (["aggregate", "kind"].includes(changed)) next.y ??= numbers[0] ?? null;
  const isNumber = columns[next.x]?.kind === "number";
  const wanted = isNumber ? ofKind(columns, "text", "boolean") : ofKind(columns, "number");
  const turns = (next.kind === "histogram" && !isNumber) || (next.kind === "box" && isNumber);
  if (changed === "kind" && turns && wanted >= 0) next.x = wanted;
  const others = columns.map((_, index) => index).filter((index) => index !== next.x);
  if (next.kind === "heat") next.series ??= others[0] ?? null;
  if (next.kind === "combo") {
    next.aggregate2 ??= "avg";
    next.y2 ??= numbers[1] ?? numbers[0] ?? null;
  }
  if (next.kind === "map") {
    const named = (/** @type {RegExp} */ pattern) => columns.findIndex(({ name }) => pattern.test(name));
    const found = [named(/^lat/i), named(/^(lon|lng)/i)];
    next.latitude ??= found[0] >= 0 ? found[0] : (numbers[0] ?? null);
    next.longitude ??= found[1] >= 0 ? found[1] : (numbers[1] ?? numbers[0] ?? null);
  }
  return next;
}
