// What a column's profile says, in words.
import { count } from "../text.js";

/**
 * @typedef {{
 *   type: string, rows: number, nulls: number, distinct: number, approximate: boolean, min: string | null,
 *   max: string | null, lengths?: [number, number] | null, quantiles?: [number, string | null][] | null,
 *   histogram: {from: string, to: string, count: number}[], top: [string | null, number][],
 * }} Profile of portal.results.profile
 */

/**
 * @param {number} part
 * @param {number} whole
 */
const percent = (part, whole) => (whole ? ` (${((part / whole) * 100).toFixed(1)} %)` : "");

/**
 * @param {Profile} profile
 * @returns {[string, string][]}
 */
export function facts(profile) {
  const { rows, nulls, min, max, lengths, quantiles } = profile;
  /** @type {[string, string][]} */
  const found = [
    ["Type", profile.type],
    ["Rows", count(rows)],
    ["NULL", count(nulls) + percent(nulls, rows)],
    ["Distinct", (profile.approximate ? "about " : "") + count(profile.distinct)],
  ];
  if (min !== null) found.push(["Least", min], ["Greatest", String(max)]);
  if (lengths) found.push(["Characters", `${lengths[0]} to ${lengths[1]}`]);
  for (const [share, point] of quantiles ?? []) {
    found.push([share === 0.5 ? "Median" : `${share * 100} % below`, String(point ?? "–")]);
  }
  return found.map(([name, value]) => [name, String(value)]);
}

/** @param {string | null} value */
const named = (value) => (value === null ? "NULL" : value === "" ? "(empty)" : value.slice(0, 80));

/**
 * Bars of the histogram, or of the most frequent values where there is none; `share` is of the longest.
 *
 * @param {Profile} profile
 */
export function bars({ histogram, top, rows }) {
  const counted = histogram.length
    ? histogram.map(({ from, to, count: many }) => ({ name: from === to ? from : `${from} – ${to}`, many }))
    : top.map(([value, many]) => ({ name: named(value), many }));
  const most = Math.max(...counted.map(({ many }) => many), 1);
  return counted.map(({ name, many }) => ({
    name,
    count: count(many),
    share: many / most,
    title: `${name}: ${count(many)}${percent(many, rows)}`,
  }));
}
