// A chart of a result: chosen here, grouped by the portal or the warehouse, drawn by plotly.js, kept in the page's link.
(function () {
  "use strict";
  const PALETTE = ["#3566d6", "#c2571a", "#0f8a6a", "#8a4fbf", "#b0841b", "#c0396b", "#5a6b7b", "#1f8fb0"];
  const KINDS = [["bar", "Bar"], ["line", "Line"], ["area", "Area"], ["scatter", "Scatter"], ["histogram", "Histogram"], ["box", "Box"], ["heat", "Heat map"]];
  const AGGREGATES = [["count", "count of rows"], ["sum", "sum of"], ["avg", "average of"], ["min", "least of"], ["max", "greatest of"]];
  const UNITS = [["", "as they are"], ["year", "by year"], ["quarter", "by quarter"], ["month", "by month"], ["week", "by week"], ["day", "by day"], ["hour", "by hour"], ["minute", "by minute"]];
  let spec = null; // of the chart that shows: what the link keeps

  function element(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }
  const select = (label, options) => {
    const node = element("select", { className: "form-select form-select-sm" }, ...options.map(([key, text]) => new Option(text, key)));
    node.setAttribute("aria-label", label);
    return node;
  };

  window.portalView = () => (spec ? { chart: [spec.kind, spec.x, spec.y ?? "", spec.series ?? "", spec.aggregate, spec.unit ?? ""].join(".") } : {});
  function fromLink(text) {
    const [kind, x, y, series, aggregate, unit] = text.split(".");
    const number = (part) => (part === "" || part === undefined ? null : Number(part));
    return { kind, x: number(x), y: number(y), series: number(series), aggregate, unit: unit || null };
  }

  // A chart that says something at once: time or text across, rows counted.
  function first(columns) {
    const of = (kind) => columns.findIndex((column) => column.kind === kind);
    const time = [of("date"), of("time")].find((index) => index >= 0);
    const text = of("text");
    const x = time ?? (text >= 0 ? text : 0);
    const number = columns.findIndex((column, index) => column.kind === "number" && index !== x && !/(^|_)(id|key)$/i.test(column.name));
    return { kind: time === undefined ? "bar" : "line", x, y: number >= 0 ? number : null, series: null, aggregate: number >= 0 ? "sum" : "count", unit: time === undefined ? null : "month" };
  }

  async function plotly() {
    if (!window.Plotly) await window.portalBundles.load(window._dashPlotlyJSURL);
    return window.Plotly;
  }

  async function draw(result, wanted, place) {
    const found = await window.portalWork(result, "chart", { chart: wanted }, (text, cancel) => result.say(text, cancel));
    result.say("");
    const { drawn } = found;
    const lib = await plotly();
    const axis = { automargin: true, zeroline: false, ticks: "" };
    const heat = drawn.kind === "heat";
    const layout = {
      autosize: true,
      height: 380,
      margin: { l: 8, r: 8, t: 8, b: 8 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: PALETTE,
      font: { size: 12 },
      barmode: drawn.kind === "bar" && drawn.traces.length > 1 ? "stack" : "group",
      bargap: drawn.kind === "histogram" ? 0 : 0.18,
      showlegend: drawn.traces.length > 1,
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      hovermode: ["line", "area"].includes(drawn.kind) ? "x unified" : "closest",
      xaxis: { ...axis, title: { text: drawn.x }, showgrid: drawn.kind === "scatter", ...(heat || drawn.named || drawn.kind === "box" ? { type: "category" } : {}) },
      yaxis: { ...axis, title: { text: drawn.y }, ...(heat ? { type: "category" } : { tickformat: ",~r" }), ...(["bar", "area", "histogram"].includes(drawn.kind) ? { rangemode: "tozero" } : {}) },
    };
    const traces = drawn.traces.map((trace) => ({ hoverlabel: { namelength: -1 }, ...(trace.type === "heatmap" ? { colorscale: "Blues", reversescale: true, colorbar: { title: { text: drawn.measure }, thickness: 12 } } : {}), ...(trace.mode === "markers" ? { marker: { size: 5, opacity: 0.6 } } : {}), ...trace }));
    const graph = place.querySelector(".chart-canvas");
    await lib.react(graph, traces, layout, { displayModeBar: false, responsive: true });
    const whole = result.first.truncated ? "the rows that were fetched" : "the whole result";
    const points = drawn.marks.toLocaleString("en");
    const caption = `${drawn.y} by ${drawn.x}: ${points} marks over ${whole}, ${found.here ? "by the portal" : "by the warehouse"}. ${drawn.note}`;
    graph.parentElement.setAttribute("aria-label", `Chart: ${caption}`);
    place.querySelector("figcaption").textContent = drawn.marks ? caption : "There is nothing to draw: the columns hold no values.";
    return graph;
  }

  window.portalChart = function (result, wanted = null) {
    const form = window.portalResultPart(result.id, "form");
    if (!wanted && !form.hidden && form.dataset.shows === "chart") {
      form.hidden = true;
      spec = null;
      window.portalLink.update();
      return;
    }
    const { columns } = result.first;
    const names = columns.map((column, index) => [index, column.name || `(column ${index + 1})`]);
    const chosen = wanted && columns[wanted.x] ? wanted : first(columns);
    form.hidden = false;
    form.dataset.shows = "chart";
    const kind = select("Kind of chart", KINDS);
    const x = select("Across", names);
    const unit = select("Times", UNITS);
    const aggregate = select("Value", AGGREGATES);
    const y = select("Values from", [["", "–"], ...names.filter(([index]) => columns[index].kind === "number")]);
    const series = select("Series", [["", "no series"], ...names]);
    const image = element("button", { type: "button", className: "btn btn-sm btn-outline-secondary" }, "Image");
    const place = element("figure", { className: "result-chart" }, element("div", { role: "img", className: "chart" }, element("div", { className: "chart-canvas" })), element("figcaption", { className: "chart-caption" }));
    [kind.value, x.value, unit.value, aggregate.value, y.value, series.value] = [chosen.kind, chosen.x, chosen.unit ?? "", chosen.aggregate, chosen.y ?? "", chosen.series ?? ""];
    const read = () => ({ kind: kind.value, x: Number(x.value), y: y.value === "" ? null : Number(y.value), series: series.value === "" ? null : Number(series.value), aggregate: aggregate.value, unit: unit.value || null });
    const shape = () => {
      const plain = ["scatter", "box", "histogram"].includes(kind.value);
      unit.hidden = !["date", "time"].includes(columns[x.value]?.kind) || kind.value === "scatter";
      aggregate.hidden = plain;
      y.hidden = kind.value === "histogram" || (!plain && aggregate.value === "count");
      series.hidden = ["box", "histogram"].includes(kind.value);
    };
    let latest = 0;
    async function show() {
      const mine = ++latest;
      shape();
      spec = read();
      window.portalLink.update();
      place.classList.add("is-busy");
      try {
        await draw(result, spec, place);
      } catch (error) {
        if (mine === latest) {
          result.say("");
          place.querySelector("figcaption").textContent = error.message;
          window.Plotly?.purge(place.querySelector(".chart-canvas"));
        }
      }
      if (mine === latest) place.classList.remove("is-busy");
    }
    for (const node of [kind, x, unit, aggregate, y, series]) {
      node.addEventListener("change", () => {
        if ((node === aggregate || node === kind) && y.value === "" && y.options.length > 1) y.value = y.options[1].value;
        const ofKind = (wanted) => columns.findIndex((column, index) => wanted.includes(column.kind) && !/(^|_)(id|key)$/i.test(column.name) && index >= 0);
        const across = columns[x.value]?.kind;
        if (node === kind && kind.value === "histogram" && across !== "number" && ofKind(["number"]) >= 0) x.value = ofKind(["number"]);
        if (node === kind && kind.value === "box" && across === "number" && ofKind(["text", "boolean"]) >= 0) x.value = ofKind(["text", "boolean"]);
        if (kind.value === "heat" && series.value === "") series.value = String(names.find(([index]) => index !== Number(x.value))?.[0] ?? "");
        show();
      });
    }
    image.addEventListener("click", async () => (await plotly()).downloadImage(place.querySelector(".chart-canvas"), { format: "png", width: 1400, height: 700, filename: "chart" }));
    form.replaceChildren(element("div", { className: "filter-form" }, kind, x, unit, aggregate, y, series, image), place);
    show();
  };

  // A link with a chart draws it once the statement has been run.
  document.addEventListener("portal:result", (event) => {
    const wanted = window.portalWarehouse.view?.chart;
    if (!wanted) return;
    window.portalWarehouse.view = {};
    window.portalChart(window.portalResults.get(event.detail.id), fromLink(wanted));
  });
})();
