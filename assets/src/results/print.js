// A result on paper: the rows that show, as a plain table, since the grid draws only those in sight; and its chart.
import { element } from "../dom.js";
import { wordsOf } from "../http.js";
import { print as onPaper } from "../parts/printing.js";
import { count, grouped } from "../text.js";

const MOST = 1000; // rows, as portal.ui.resultbar says

/** @typedef {import("./result.js").Value} Value */

/**
 * @param {Value} value
 * @param {boolean} isNumber
 * @param {boolean} isGrouped with the separators that the grid shows
 */
function cell(value, isNumber, isGrouped) {
  if (value === null) return element("td", { class: "cell-null" }, "NULL");
  const text = Array.isArray(value) ? `${value[0]}…` : value;
  return element("td", { class: isNumber ? "cell-number" : null }, isGrouped ? grouped(text) : text);
}

/**
 * The table, and what it covers.
 *
 * @param {import("./result.js").Result} result
 */
async function table(result) {
  const { rows, total } = await result.window(0, MOST);
  const columns = result.shownColumns.map((index) => {
    const classes = String(result.api.getColumnDef(`c${index}`)?.cellClass ?? "");
    return { index, ...result.first.columns[index], isGrouped: classes.includes("cell-grouped") };
  });
  const head = columns.map(({ name, kind }) =>
    element("th", { scope: "col", class: kind === "number" ? "cell-number" : null }, name || "(no name)"),
  );
  const body = rows.map((row) =>
    element("tr", {}, ...columns.map(({ index, kind, isGrouped }) => cell(row[index], kind === "number", isGrouped))),
  );
  const some = rows.length < total ? `The first ${count(rows.length)} of ${count(total)} rows. ` : "";
  const what = `${some}${(await result.rowsShown()).replace(/^the/, "Of the")}. ${new Date().toLocaleString()}`;
  return element(
    "table",
    { class: "print-table" },
    element("caption", {}, what),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
}

/** @param {import("./result.js").Result} result */
export async function print(result) {
  const place = document.querySelector(`[data-result="${CSS.escape(result.id)}"]`)?.parentElement;
  if (!place) return;
  result.say("Getting the rows to print…");
  try {
    const made = element("div", { class: "print-only" }, await table(result));
    place.append(made);
    result.say("");
    window.addEventListener("afterprint", () => made.remove(), { once: true });
    await onPaper();
  } catch (error) {
    result.say(`Not printed. ${wordsOf(error)}`);
  }
}
