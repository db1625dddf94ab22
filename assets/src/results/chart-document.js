// A chart as the portal reads it (portal.charts.document): columns by their names, of which no two are equal.
import { choices } from "./result.js";

/** @typedef {import("./chart-spec.js").Spec} Spec */
/** @typedef {import("./result.js").Column} Column */

/**
 * @param {Spec} spec
 * @param {Column[]} columns
 * @returns {Record<string, unknown>}
 */
export function chartOf(spec, columns) {
  const names = choices(columns).map(([, name]) => name);
  const unit = spec.unit || undefined;
  const isTime = (/** @type {number} */ at) => ["date", "time"].includes(columns[at]?.kind);
  const field = (/** @type {number | null | undefined} */ at) =>
    at === null || at === undefined ? undefined : { column: names[at] ?? "", ...(isTime(at) && { unit }) };
  const measure = (/** @type {string} */ aggregate, /** @type {number | null | undefined} */ at) =>
    aggregate === "count" ? { column: "", aggregate } : { column: names[at ?? -1] ?? "", aggregate };
  const value = measure(spec.aggregate, spec.y);
  const raw = { column: names[spec.y ?? -1] ?? "" };
  const [by, descending] = spec.order ? [spec.order.replace("-", ""), spec.order.endsWith("-")] : [];
  const sort = by && { by, descending };
  const line = spec.line && [{ axis: "y", value: spec.line, label: spec.line }];
  const base = { v: 1, kind: spec.kind, title: spec.title, sort, annotations: line || undefined };
  switch (spec.kind) {
    case "heat":
      return { ...base, kind: "heatmap", x: field(spec.x), color: field(spec.series), y: [value] };
    case "pie":
      return { ...base, color: field(spec.x), y: [value], legend: "none", labels: true };
    case "combo":
      return { ...base, x: field(spec.x), y: [value, { ...measure(spec.aggregate2 ?? "avg", spec.y2), right: true }] };
    case "scatter":
      return { ...base, x: field(spec.x), y: [raw], color: field(spec.series), size: field(spec.size) };
    case "histogram":
      return { ...base, x: field(spec.x) };
    case "box":
      return { ...base, x: field(spec.x), y: [raw] };
    case "map": {
      const at = { latitude: field(spec.latitude), longitude: field(spec.longitude) };
      return { ...base, ...at, size: field(spec.size), color: field(spec.series) };
    }
    case "number": {
      const target = spec.target ? { column: "", value: spec.target, title: "target" } : undefined;
      return { ...base, x: field(spec.period), y: [value], target };
    }
    case "pivot": {
      const level = (/** @type {number | null | undefined} */ at) => {
        const made = field(at);
        return made ? [{ ...made, total: true, sort }] : [];
      };
      return { ...base, rows: [...level(spec.x), ...level(spec.inner)], columns: level(spec.series), y: [value] };
    }
  }
  const shape = { stack: spec.stack || undefined, horizontal: spec.lying || undefined };
  return { ...base, ...shape, x: field(spec.x), y: [value], color: field(spec.series) };
}
