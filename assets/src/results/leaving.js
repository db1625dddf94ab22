// What leaves the page by the clipboard: text, also to a spreadsheet.
import { field } from "../text.js";
import { withoutFormula } from "./formulas.js";

/** @typedef {import("./result.js").First} First */

/**
 * A value as it leaves: what a spreadsheet would run stays text. A number is none, whatever sign it has.
 *
 * @param {Pick<First, "columns" | "safe">} first
 * @param {number} column
 * @param {string} text
 */
export const leaving = ({ safe, columns }, column, text) =>
  safe && columns[column].kind !== "number" ? withoutFormula(text) : text;

/**
 * Rows with their headers, separated by tabs.
 *
 * @param {Pick<First, "columns" | "safe">} first
 * @param {import("./result.js").Value[][]} rows
 * @returns {{text: string, cut: boolean, quoted: number}} `cut`: some value is not whole; `quoted`: how many were changed
 */
export function tabbed(first, rows) {
  let quoted = 0;
  const names = first.columns.map(({ name }) => field(first.safe ? withoutFormula(name) : name));
  const lines = rows.map((row) =>
    row.map((value, column) => {
      if (value === null) return "";
      const text = String(Array.isArray(value) ? value[0] : value);
      const safe = leaving(first, column, text);
      if (safe !== text) quoted += 1;
      return field(safe);
    }),
  );
  const cut = rows.some((row) => row.some(Array.isArray));
  return { text: [names, ...lines].map((line) => line.join("\t")).join("\n"), cut, quoted };
}
