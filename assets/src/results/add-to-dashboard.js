// "Add to a dashboard": a result's chart, with its query, becomes a widget of a dashboard of the workspace. What will be
// done is asked of the portal, confirmed, and done (portal/dashboards/additions.py); publishing is asked for apart.
import { element } from "../dom.js";
import { path, post, wordsOf } from "../http.js";
import { confirmed } from "../parts/dialog.js";
import { rerun } from "../warehouse/statements.js";
import { chartOf } from "./chart-document.js";
import { choices } from "./result.js";

/** @typedef {import("./result.js").Result} Result */
/** @typedef {import("./chart-spec.js").Spec} Spec */

/**
 * Why a chart cannot be added; "" where it can.
 *
 * @param {Result} result
 */
function hindrance(result) {
  if (!rerun(result.id))
    return "This browser does not have the query's text any more. Run it again, then add its chart.";
  if (result.filter.length)
    return "A dashboard would show the query without the filters of this result. Take them away, or write them into the query.";
  return "";
}

/**
 * @param {Result} result
 * @param {Spec} spec
 */
function whatOf(result, spec) {
  const { sql, catalog, schema } = /** @type {any} */ (rerun(result.id));
  const names = new Map(choices(result.first.columns));
  const columns = result.first.columns.map(({ kind }, at) => ({ name: names.get(at) ?? "", kind }));
  return { sql, catalog: catalog ?? "", schema: schema ?? "", chart: chartOf(spec, result.first.columns), columns };
}

/**
 * @param {Result} result
 * @param {Spec} spec
 * @param {HTMLElement} opener
 * @param {HTMLElement} told where it says what came of it
 */
export async function addToDashboard(result, spec, opener, told) {
  const why = hindrance(result);
  told.textContent = why;
  if (why) return;
  try {
    const { dashboards } = await post("dashboards/names", {});
    if (!dashboards.length) {
      told.textContent = "There is no dashboard that you may see. Make one in Databricks first.";
      return;
    }
    const chosen = await confirmed(
      {
        title: "Add to a dashboard",
        text: "The chart and its query are added to a dashboard of the workspace that you may change.",
        confirm: "Next",
        fields: [
          { kind: "select", name: "dashboard", label: "Dashboard", value: dashboards[0][0], options: dashboards },
          { kind: "text", name: "title", label: "Title", value: spec.title || "" },
        ],
      },
      opener,
    );
    if (!chosen) return;
    const what = { ...whatOf(result, spec), title: String(chosen.title) };
    const asked = await post(`dashboards/${encodeURIComponent(String(chosen.dashboard))}/add-dialog`, what);
    if (!(await confirmed(asked, opener))) return;
    said(await post("dashboards/add", { token: asked.token, what }), told);
  } catch (error) {
    told.textContent = wordsOf(error);
  }
}

/**
 * @param {{id: string, name: string, page: string, widget: string}} done
 * @param {HTMLElement} told
 */
function said({ id, name, page, widget }, told) {
  const href = `${path(`dashboards/${id}`)}?page=${encodeURIComponent(page)}#${encodeURIComponent(widget)}`;
  const publish = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, "Publish");
  const outcome = element("span", {});
  publish.addEventListener("click", async () => {
    try {
      const asked = await post(`dashboards/${id}/publish-dialog`, {});
      if (!(await confirmed(asked, publish))) return;
      await post("dashboards/publish", { token: asked.token });
      publish.remove();
      outcome.textContent = " Published, without credentials.";
    } catch (error) {
      outcome.textContent = ` ${wordsOf(error)}`;
    }
  });
  told.replaceChildren("Added to the draft of ", element("a", { href }, name), ". ", publish, outcome);
}
