// How values look and compare in grids (portal.ui.grid).
import { compareNumbers, grouped } from "../text.js";

/**
 * `null` is NULL; a cell of a row that has not arrived yet is undefined, and stays empty.
 *
 * @param {{value: unknown}} params
 */
export function portalValue({ value }) {
  if (value === null) return "NULL";
  return value === undefined ? "" : String(value);
}

/**
 * Numbers that came as text because a double cannot hold them are compared exactly; NULL is before everything.
 *
 * @param {unknown} a
 * @param {unknown} b
 */
export function portalCompare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return typeof a === "number" && typeof b === "number" ? a - b : compareNumbers(String(a), String(b));
}

/**
 * A value of a result: NULL, nothing and blanks look different from each other and from any text; long text is cut.
 *
 * @param {{value: string | [string] | null | undefined, colDef: {cellClass?: string | string[]}}} params
 */
export function portalCell({ value, colDef }) {
  if (value === null) return "NULL";
  if (value === undefined) return "";
  if (Array.isArray(value)) return `${value[0]}…`;
  if (value === "") return "empty";
  if (colDef.cellClass?.includes("cell-grouped")) return grouped(value);
  return value.trim() === "" ? value.replace(/ /g, "␣").replace(/\t/g, "⇥").replace(/\n/g, "⏎") : value;
}

/** @param {{data?: Record<string, {text?: string}>, colDef: {field: string}}} params */
export const portalBadgeText = ({ data, colDef }) => data?.[colDef.field]?.text ?? "";

/**
 * @param {{text?: string} | null} a
 * @param {{text?: string} | null} b
 */
export const portalBadgeCompare = (a, b) => (a?.text ?? "").localeCompare(b?.text ?? "");
