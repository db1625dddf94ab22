// Numbers and pivots of charts: what is text and tables rather than plotly.js's.
import { element } from "../dom.js";

/**
 * @typedef {{
 *   name: string, text: string, value: string | null, period: string, target_name: string, target: string, change: string,
 *   direction: string, color: string,
 * }} Figures of portal.charts.number
 */
/** @typedef {{text: string, span: number, depth: number, is_total: boolean}} Head */
/** @typedef {{text: string, value: string | null, color: string, background: string, is_total: boolean}} Cell */
/**
 * @typedef {{
 *   corner: string[], head: Head[][], lines: {heads: Head[], cells: Cell[], is_total: boolean}[],
 * }} Pivot of portal.charts.pivot
 */

const ARROWS = { up: "▲", down: "▼", same: "=" };

/** @param {Figures} number */
export function numberOf(number) {
  const arrow = ARROWS[/** @type {keyof typeof ARROWS} */ (number.direction)];
  const value = element(
    "p",
    { class: "number-value", "data-part": "value", "data-value": number.value ?? "" },
    number.text,
  );
  if (number.color) value.style.color = number.color;
  return element(
    "div",
    { class: "number-chart" },
    element("p", { class: "number-name" }, [number.name, number.period].filter(Boolean).join(", ")),
    value,
    number.target &&
      element(
        "p",
        { class: `number-target is-${number.direction || "same"}` },
        `${[arrow, number.change].filter(Boolean).join(" ")} against ${number.target} (${number.target_name})`,
      ),
  );
}

/**
 * @param {Pivot} pivot
 * @param {string} name
 */
export function pivotOf({ corner, head, lines }, name) {
  const depth = Math.max(head.length, 1);
  const start = corner.map((text) => element("th", { scope: "col", rowspan: depth, class: "pivot-corner" }, text));
  const rows = (head.length ? head : [[]]).map((level, at) =>
    element(
      "tr",
      {},
      ...(at ? [] : start),
      ...level.map(({ text, span, depth: deep, is_total }) =>
        element("th", { scope: "col", colspan: span, rowspan: deep, class: is_total ? "is-total" : null }, text),
      ),
    ),
  );
  const body = lines.map(({ heads, cells, is_total }) =>
    element(
      "tr",
      { class: is_total ? "is-total" : null },
      ...heads.map((one) => element("th", { scope: "row", rowspan: one.span, colspan: one.depth }, one.text)),
      ...cells.map((cell) => {
        const made = element(
          "td",
          { class: cell.is_total ? "is-total" : null, "data-value": cell.value ?? "" },
          cell.text,
        );
        if (cell.color) made.style.color = cell.color;
        if (cell.background) made.style.background = cell.background;
        return made;
      }),
    ),
  );
  const table = element(
    "table",
    { class: "pivot-table", "aria-label": name },
    element("thead", {}, ...rows),
    element("tbody", {}, ...body),
  );
  return element("div", { class: "pivot-chart", tabindex: 0, role: "region", "aria-label": name }, table);
}
