// Copying of a result: a cell, or rows with their headers, the selected ones or the first thousand, as tab-separated text.
import { wordsOf } from "../http.js";
import { copy } from "../parts/clipboard.js";
import { count } from "../text.js";
import { leaving, tabbed } from "./leaving.js";

const MOST = 1000;

/** @typedef {import("./result.js").Value} Value */

/**
 * @param {import("./result.js").Result} result
 * @returns {Promise<{rows: Value[][], total: number}>}
 */
async function chosen(result) {
  const nodes = result.api.getSelectedNodes();
  if (!nodes.length) return result.window(0, MOST);
  nodes.sort((/** @type {any} */ a, /** @type {any} */ b) => a.rowIndex - b.rowIndex);
  const { columns } = result.first; // of all; the ones that show are picked later
  const rows = nodes.map((/** @type {any} */ node) => columns.map((_, index) => node.data[`c${index}`]));
  return { rows, total: rows.length };
}

/** @param {import("./result.js").Result} result */
export async function copyRows(result) {
  const { rows, total } = await chosen(result);
  const shown = result.shownColumns;
  const columns = shown.map((index) => result.first.columns[index]);
  const picked = rows.map((row) => shown.map((index) => row[index]));
  const { text, cut, quoted } = tabbed({ ...result.first, columns }, picked);
  if (!(await copy(text))) {
    result.say("This browser does not let the page copy.");
    return;
  }
  const long = cut ? " Long values were cut: open a cell to copy it whole." : "";
  const some = total <= rows.length ? "" : ` of ${count(total)}`;
  const formulas = quoted ? ` ${count(quoted)} values have a ' before what a spreadsheet would run.` : "";
  result.say(`Copied ${count(rows.length)}${some} rows with their headers.${long}${formulas}`);
}

/**
 * One value, whole; what a spreadsheet would run stays text.
 *
 * @param {import("./result.js").Result} result
 * @param {number} row
 * @param {number} column
 * @param {Value | undefined} shown
 */
export async function copyCell(result, row, column, shown) {
  try {
    const whole = Array.isArray(shown) || shown === undefined ? (await result.cell(row, column)).text : shown;
    const text = leaving(result.first, column, String(whole ?? ""));
    const name = result.first.columns[column].name || "(no name)";
    const empty = whole === null ? " It is NULL: the clipboard has an empty text." : "";
    const quoted = text === String(whole ?? "") ? "" : " With a ' before what a spreadsheet would run.";
    const done = `Copied ${name} of row ${count(row + 1)}.${empty}${quoted}`;
    result.say((await copy(text)) ? done : "This browser does not let the page copy.");
  } catch (error) {
    result.say(wordsOf(error));
  }
}
