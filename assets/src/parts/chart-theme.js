// Charts take their colours from the theme by a template, which plotly.js gets with each figure that it draws.
//
// What a script recolours after a drawing is lost at the next one (`Plotly.react`), so `newPlot` and `react` are wrapped
// as soon as plotly.js is there, whoever calls them: Dash's Graph, or a script of ours. A figure that names a colour
// keeps it. What `template` a figure brings (plotly.py's is white) is left: charts look like the portal.
//
// Most pages load a bundle of plotly.js that draws a third of its kinds, and everything else as a scatter, without a
// word. So a figure of another kind waits here for the whole of it.
import { all } from "../dom.js";
import { on } from "../events.js";
import { path } from "../http.js";
import { separators } from "../text.js";
import { wholePlotly } from "./bundles.js";

/** What the small bundle draws (plotly.js 4.1.1, `lib/index-cartesian.js`; tests/browser/test_figures.py). */
const SMALL = new Set(
  "bar box contour heatmap histogram histogram2d histogram2dcontour image pie quiver scatter scatterternary violin".split(
    " ",
  ),
);

/** Kinds with a scale of their own, and those whose marks may have one. */
const COLOURED =
  "choropleth choroplethmap cone contour contourcarpet densitymap heatmap histogram2d histogram2dcontour isosurface mesh3d streamtube surface volume".split(
    " ",
  );
const MARKED =
  "scatter scatter3d scattercarpet scattergeo scattergl scattermap scatterpolar scatterpolargl scatterternary".split(
    " ",
  );
const SERIES = 8;

/** What plotly.py writes into each trace where its author named no colour (`px.colors.qualitative.Plotly` of 7.1). */
const THEIRS = "#636efa #EF553B #00cc96 #ab63fa #FFA15A #19d3f3 #FF6692 #B6E880 #FF97FF #FECB52".split(" ");
/** … and as its scale: the ends of Plasma. */
const SCALE = ["#0d0887", "#f0f921"];
const PAINTED = /color$|^(marker|line|increasing|decreasing|selected|unselected|textfont)$/;

/** @type {Map<string, object>} templates by theme: one object each, so that plotly.js sees no change where there is none */
const templates = new Map();

/** A token of `assets/tokens.css` as it is now. @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function made() {
  const ink = token("--p-ink");
  const quiet = token("--p-ink-2");
  const line = token("--p-line");
  const strong = token("--p-line-strong");
  const axis = {
    gridcolor: line,
    linecolor: strong,
    tickcolor: strong,
    zerolinecolor: strong,
    tickfont: { color: quiet },
    title: { font: { color: quiet } },
  };
  const bare = { ...axis, showbackground: false };
  const surface = token("--p-surface");
  const sunken = token("--p-sunken");
  const good = token("--p-good");
  const bad = token("--p-bad");
  const bar = { tickfont: { color: quiet }, title: { font: { color: quiet } }, outlinewidth: 0 };
  const scale = [
    [0, token("--p-accent-soft")],
    [1, token("--p-series-1")],
  ];
  return {
    layout: {
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      font: { color: ink, family: getComputedStyle(document.body).fontFamily, size: 12 },
      colorway: Array.from({ length: SERIES }, (_, index) => token(`--p-series-${index + 1}`)),
      colorscale: { sequential: scale, sequentialminus: [...scale] },
      margin: { l: 56, r: 24, t: 32, b: 48 },
      xaxis: { ...axis, automargin: true },
      yaxis: { ...axis, automargin: true },
      legend: { bgcolor: "transparent", font: { color: ink } },
      hoverlabel: { bgcolor: token("--p-raised"), bordercolor: strong, font: { color: ink }, align: "left" },
      annotationdefaults: { font: { color: quiet } },
      shapedefaults: { line: { color: quiet } },
      coloraxis: { colorbar: bar },
      polar: { bgcolor: "transparent", angularaxis: axis, radialaxis: axis },
      ternary: { bgcolor: "transparent", aaxis: axis, baxis: axis, caxis: axis },
      smith: { bgcolor: "transparent", realaxis: axis, imaginaryaxis: axis },
      scene: { bgcolor: "transparent", xaxis: bare, yaxis: bare, zaxis: bare },
      geo: {
        bgcolor: "transparent",
        showland: true,
        landcolor: sunken,
        lakecolor: surface,
        oceancolor: surface,
        coastlinecolor: strong,
        countrycolor: line,
        subunitcolor: line,
        framecolor: line,
      },
      // Without tiles, which would come from somebody else's server: a figure that wants them names a style.
      map: { style: "white-bg" },
      modebar: { bgcolor: "transparent", color: quiet, activecolor: ink },
    },
    data: {
      ...Object.fromEntries(COLOURED.map((kind) => [kind, [{ colorbar: bar }]])),
      ...Object.fromEntries(MARKED.map((kind) => [kind, [{ marker: { colorbar: bar } }]])),
      carpet: [{ aaxis: axis, baxis: axis }],
      table: [
        {
          header: { fill: { color: sunken }, font: { color: ink }, line: { color: line } },
          cells: { fill: { color: surface }, font: { color: ink }, line: { color: line } },
        },
      ],
      indicator: [
        {
          gauge: {
            bgcolor: sunken,
            bordercolor: line,
            bar: { color: token("--p-series-1") },
            axis: { tickfont: { color: quiet } },
          },
        },
      ],
      candlestick: [{ increasing: { line: { color: good } }, decreasing: { line: { color: bad } } }],
      ohlc: [{ increasing: { line: { color: good } }, decreasing: { line: { color: bad } } }],
      waterfall: [{ increasing: { marker: { color: good } }, decreasing: { marker: { color: bad } } }],
      sankey: [{ node: { line: { color: line } }, link: { color: line } }],
      pie: [{ marker: { line: { color: token("--p-surface"), width: 1 } }, outsidetextfont: { color: ink } }],
    },
  };
}

/** The template of the theme that shows. */
export function template() {
  const theme = document.documentElement.dataset.bsTheme ?? "";
  const known = templates.get(theme);
  if (known) return known;
  const fresh = made();
  templates.set(theme, fresh);
  return fresh;
}

/**
 * A figure's layout with the theme's template, in place of plotly.py's and of its scale.
 *
 * @param {any} layout
 */
function themed(layout) {
  const found = { separators, ...layout, template: template() };
  const scale = found.coloraxis?.colorscale;
  if (scale?.[0]?.[1] === SCALE[0] && scale.at(-1)?.[1] === SCALE[1]) {
    const { colorscale: _, ...rest } = found.coloraxis;
    found.coloraxis = rest;
  }
  return found;
}

/**
 * A part of a trace with the theme's series where plotly.py has put its own; itself where it has none.
 *
 * @param {any} part
 * @param {string[]} series
 * @returns {any}
 */
function painted(part, series) {
  if (typeof part === "string") {
    const at = THEIRS.indexOf(part);
    return at < 0 ? part : series[at % SERIES];
  }
  if (!part || typeof part !== "object" || Array.isArray(part) || ArrayBuffer.isView(part)) return part;
  const changed = Object.entries(part)
    .filter(([name]) => PAINTED.test(name))
    .map(([name, value]) => [name, painted(value, series)])
    .filter(([name, value]) => value !== part[name]);
  return changed.length ? { ...part, ...Object.fromEntries(changed) } : part;
}

/**
 * @param {any[]} traces
 * @returns {any[]} the same where nothing of them is plotly.py's
 */
function inSeries(traces) {
  const series = Array.from({ length: SERIES }, (_, index) => token(`--p-series-${index + 1}`));
  const shown = traces.map((trace) => painted(trace, series));
  return shown.some((trace, at) => trace !== traces[at]) ? shown : traces;
}

/** @type {WeakMap<Element, any[]>} traces as they came, of what shows in this theme's series */
const came = new WeakMap();

/** Whether the bundle that is here is the whole of plotly.js. */
let isWhole = false;

/** @param {any[]} traces */
const isBeyond = (traces) => !isWhole && traces.some((trace) => trace?.type && !SMALL.has(trace.type));

/** @param {any} plotly */
function wrap(plotly) {
  for (const name of ["newPlot", "react"]) {
    const draw = plotly[name];
    plotly[name] = async (
      /** @type {any} */ graph,
      /** @type {any} */ data,
      /** @type {any} */ layout,
      /** @type {unknown[]} */ ...rest
    ) => {
      const traces = Array.isArray(data) ? data : (data?.data ?? []);
      if (isBeyond(traces) && (await wholePlotly())) {
        // The script has put itself in the place of this one, and drawing begins again with it.
        if (!isWhole) window.Plotly.setPlotConfig({ topojsonURL: path("assets/vendor/topojson/") });
        isWhole = true;
        return window.Plotly[name](graph, data, layout, ...rest);
      }
      const shown = inSeries(traces);
      if (shown !== traces) came.set(graph, traces);
      return data && !Array.isArray(data)
        ? draw(graph, { ...data, data: shown, layout: themed(data.layout) }, layout, ...rest)
        : draw(graph, shown, themed(layout), ...rest);
    };
  }
  return plotly;
}

/** @type {any} */
let held = window.Plotly && wrap(window.Plotly);
Object.defineProperty(window, "Plotly", {
  configurable: true,
  get: () => held,
  set: (plotly) => {
    held = plotly && plotly !== held ? wrap(plotly) : plotly;
  },
});

on("portal:theme", () => {
  for (const plot of all(".js-plotly-plot")) {
    if (!("layout" in plot)) continue;
    const traces = came.get(plot);
    if (traces) window.Plotly.react(plot, traces, plot.layout);
    else window.Plotly.relayout(plot, { template: template() });
  }
});
