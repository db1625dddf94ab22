// How a result shows is kept with its draft: sorting, filters, which columns show, and its charts. A result of the same
// columns shows so again: after another run, on return, and where a link or a saved query brought it.
import { on, tell } from "../events.js";
import { drafts } from "../warehouse/drafts.js";
import { ownerOf } from "../warehouse/owners.js";
import { chartsOf, showChart } from "./chart.js";
import { resultOf } from "./result.js";

/** @typedef {import("../warehouse/draft.js").View} View */

/** @type {Set<string>} results that are being shown as their draft wants them */
const taking = new Set();

/** @param {{id: string}} about */
function keep({ id }) {
  const result = resultOf(id);
  const draft = ownerOf(id);
  if (!result || !draft || taking.has(id)) return;
  const charts = chartsOf(id);
  const { sort, filter, columns } = result.view;
  /** @type {View} */
  const view = {
    names: result.first.columns.map(({ name }) => name),
    ...(sort.length && { sort }),
    ...(filter.length && { filter }),
    ...(columns && { columns }),
    ...(charts.length && { charts }),
  };
  drafts.change({ view: Object.keys(view).length > 1 ? view : null }, draft);
  tell("portal:view");
}
on("portal:result-view", keep);
on("portal:chart", keep);

on("portal:result", ({ id }) => {
  const result = resultOf(id);
  const view = drafts.get(ownerOf(id))?.view;
  if (!result || !view) return;
  const { columns } = result.first;
  const fits = !view.names || view.names.join("\n") === columns.map(({ name }) => name).join("\n");
  if (!fits) return;
  taking.add(id);
  try {
    result.take(view);
    if (view.charts?.length) showChart(result, view.charts);
  } finally {
    taking.delete(id);
  }
});
