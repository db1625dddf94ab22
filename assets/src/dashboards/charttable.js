// What a chart says, as a table for who does not see it: the same categories, series and numbers that are drawn.

/** @typedef {{data: any[], layout: any}} Figure as portal/charts/draw.py makes it */
/** @typedef {{head: string[], rows: string[][], total: number}} Table at most `MOST` rows of `total` */

const MOST = 100;

const numbers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 });

/** What plotly.js takes for markup was escaped by the server. @param {unknown} text */
export const raw = (text) => String(text).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** @param {unknown} value */
const shown = (value) =>
  value === null || value === undefined ? "" : typeof value === "number" ? numbers.format(value) : raw(value);

/** @param {any} axis @param {string} otherwise */
const title = (axis, otherwise) => raw(axis?.title?.text || otherwise);

/**
 * Null where there is nothing to tell.
 *
 * @param {Figure} figure
 * @returns {Table | null}
 */
export function tableOf({ data, layout }) {
  // Land, and bands without a value of their own, are no data.
  const traces = data.filter(({ hoverinfo }) => hoverinfo !== "skip");
  if (!traces.length) return null;
  const [first] = traces;
  if (first.type === "pie") {
    return cut(
      [title(null, "Slice"), raw(first.name || "Value")],
      first.labels.map((/** @type {unknown} */ label, /** @type {number} */ at) => [
        shown(label),
        shown(first.values[at]),
      ]),
    );
  }
  if (first.type === "heatmap") {
    return cut(
      [title(layout?.yaxis, "Row"), ...first.x.map(shown)],
      first.y.map((/** @type {unknown} */ name, /** @type {number} */ at) => [shown(name), ...first.z[at].map(shown)]),
    );
  }
  if (first.type === "box" || first.mode === "markers") return cut(["Mark"], traces.flatMap(marksOf));
  return byCategory(traces, layout);
}

/** Points are what they say when one points at them. @param {any} trace */
const marksOf = (trace) => [trace.hovertext ?? []].flat().map((/** @type {unknown} */ text) => [shown(text)]);

/** A row for each category, a column for each series. @param {any[]} traces @param {any} layout */
function byCategory(traces, layout) {
  const lies = traces[0].orientation === "h";
  /** @type {Map<string, string[]>} */
  const rows = new Map();
  traces.forEach((trace, column) => {
    const [places, values] = trace.orientation === "h" ? [trace.y, trace.x] : [trace.x, trace.y];
    places.forEach((/** @type {unknown} */ place, /** @type {number} */ at) => {
      const name = shown(place);
      if (!rows.has(name)) rows.set(name, Array(traces.length).fill(""));
      /** @type {string[]} */ (rows.get(name))[column] = shown(values[at]);
    });
  });
  return cut(
    [
      title(lies ? layout?.yaxis : layout?.xaxis, "Category"),
      ...traces.map((trace) => raw(trace.name || title(lies ? layout?.xaxis : layout?.yaxis, "Value"))),
    ],
    [...rows].map(([name, cells]) => [name, ...cells]),
  );
}

/** @param {string[]} head @param {string[][]} rows @returns {Table} */
const cut = (head, rows) => ({ head, rows: rows.slice(0, MOST), total: rows.length });
