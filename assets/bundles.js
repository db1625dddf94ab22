// Loads the grid's and the chart's scripts when the first grid or chart is drawn, instead of on every page.
//
// Dash looks components up as window[namespace][type]. For dash_ag_grid a facade stands there: its AgGrid loads the real
// script and then renders the real component. The facade stays in place afterwards, since a component whose type changes
// would be mounted anew. For plotly.js, Dash's Graph loads window._dashPlotlyJSURL when window.Plotly is missing.
(function () {
  "use strict";
  const meta = document.querySelector('meta[name="portal-bundles"]');
  const bundles = meta ? JSON.parse(meta.content) : {};
  const loads = new Map();

  function load(url) {
    if (!loads.has(url)) {
      loads.set(
        url,
        new Promise((resolve, reject) => {
          const script = document.createElement("script");
          script.src = url;
          script.onload = () => resolve();
          script.onerror = () => {
            loads.delete(url);
            script.remove();
            reject(new Error(`${url} did not load`));
          };
          document.head.appendChild(script);
        }),
      );
    }
    return loads.get(url);
  }

  if (bundles.grid && !window.dash_ag_grid) {
    let real = null;
    let loading = null;
    const ready = () => {
      // The chunk registers itself with the main script, whichever comes first, which then never asks for it.
      loading ??= Promise.all(bundles.grid.map(load)).catch((error) => {
        loading = null; // the next grid tries again
        throw error;
      });
      return loading;
    };
    const Lazy = window.React.lazy(() => ready().then(() => ({ default: real.AgGrid })));
    const AgGrid = (props) =>
      window.React.createElement(
        window.React.Suspense,
        { fallback: null },
        window.React.createElement(Lazy, props),
      );
    AgGrid.dashRenderType = true;
    AgGrid.dashPersistence = { persisted_props: ["selectedRows"], persistence_type: "local" };
    const facade = {
      AgGrid,
      getApi(id) {
        if (!real) throw new Error(`no grid found, or grid is not initialized yet, with id: ${id}`);
        return real.getApi(id);
      },
      // For a page whose grid comes later: its scripts are here by then, and nothing waited for them.
      warm: () => ready().catch(() => {}),
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

  if (bundles.chart && bundles.chart.length) {
    Object.defineProperty(window, "_dashPlotlyJSURL", {
      configurable: true,
      get: () => bundles.chart[0],
      set: () => {}, // Dash would set the whole of plotly.js here
    });
  }

  window.portalBundles = { load, urls: bundles, grid: () => window.dash_ag_grid?.warm?.() };
})();
