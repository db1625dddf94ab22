// Loads the grid's and the chart's scripts when the first grid or chart is drawn, instead of on every page.
//
// Dash looks components up as window[namespace][type]. For dash_ag_grid a facade stands there: its AgGrid loads the real
// script and then renders the real component. The facade stays in place afterwards, since a component whose type changes
// would be mounted anew. For plotly.js, Dash's Graph loads window._dashPlotlyJSURL when window.Plotly is missing.
import { element } from "../dom.js";

const meta = document.querySelector('meta[name="portal-bundles"]');
/** @type {{grid?: string[], chart?: string[], plotly?: string[]}} addresses of scripts */
const bundles = JSON.parse(meta?.getAttribute("content") ?? "{}");
/** @type {Map<string, Promise<void>>} */
const loads = new Map();

/**
 * Runs a script, once for all who ask.
 *
 * @param {string} url
 * @returns {Promise<void>} fails where it did not load; the next who asks tries again
 */
export function load(url) {
  const known = loads.get(url);
  if (known) return known;
  const loading = new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    const script = element("script", { src: url });
    script.onload = () => resolve();
    script.onerror = () => {
      loads.delete(url);
      script.remove();
      reject(new Error(`${url} did not load`));
    };
    document.head.append(script);
  });
  loads.set(url, loading);
  return loading;
}

/** @param {string[]} scripts */
function standInForGrid(scripts) {
  /** @type {any} */
  let real = null;
  /** @type {Promise<unknown> | null} */
  let loading = null;
  const ready = () => {
    // The chunk registers itself with the main script, whichever comes first, which then never asks for it.
    loading ??= Promise.all(scripts.map(load)).catch((error) => {
      loading = null; // the next grid tries again
      throw error;
    });
    return loading;
  };
  const Lazy = window.React.lazy(() => ready().then(() => ({ default: real.AgGrid })));
  /** @param {unknown} props */
  const AgGrid = (props) =>
    window.React.createElement(window.React.Suspense, { fallback: null }, window.React.createElement(Lazy, props));
  AgGrid.dashRenderType = true;
  AgGrid.dashPersistence = { persisted_props: ["selectedRows"], persistence_type: "local" };
  const facade = {
    AgGrid,
    /** @param {string} id */
    getApi(id) {
      if (!real) throw new Error(`no grid found, or grid is not initialized yet, with id: ${id}`);
      return real.getApi(id);
    },
    // For a page whose grid comes later: its scripts are here by then, and nothing waited for them.
    warm: () => ready().catch(() => {}),
    /** @param {string} id */
    getApiAsync: (id) => ready().then(() => real.getApiAsync(id)),
  };
  Object.defineProperty(window, "dash_ag_grid", {
    configurable: true,
    get: () => facade,
    set: (value) => {
      // The grid's second script writes back what it read here.
      if (value !== facade) real = value;
    },
  });
}

if (bundles.grid && !window.dash_ag_grid) standInForGrid(bundles.grid);
const chart = bundles.chart?.[0];
if (chart) {
  Object.defineProperty(window, "_dashPlotlyJSURL", {
    configurable: true,
    get: () => chart,
    set: () => {}, // Dash would set the whole of plotly.js here
  });
}

/** The grid's scripts, ahead of the first grid. */
export const warmGrid = () => window.dash_ag_grid?.warm?.();

/** plotly.js, loaded where it is not yet. */
export async function plotly() {
  if (!window.Plotly) await load(window._dashPlotlyJSURL);
  return window.Plotly;
}

/** The whole of plotly.js in place of the bundle that most charts need; false where it was not built. */
export async function wholePlotly() {
  const whole = bundles.plotly?.[0];
  if (whole) await load(whole);
  return Boolean(whole);
}
