// The pages of a job and of a run: task graph, timeline, tables, tasks by runs, durations (portal.ui.drawn).
(function () {
  "use strict";
  const { svg, html, icon, badge, when, target, fitted, add } = window.portalDrawings;

  // The task graph

  function path(points) {
    let d = `M${points[0][0]},${points[0][1]}`;
    for (let n = 1; n < points.length; n += 1) {
      const [x0, y0] = points[n - 1];
      const [x1, y1] = points[n];
      const bend = Math.max(24, Math.abs(x1 - x0) / 2);
      d += `C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}`;
    }
    return d;
  }

  function graph(value) {
    const { width, height, box } = value;
    const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "graph-drawing" });
    const arrow = svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
    arrow.append(svg("path", { d: "M0,0L8,4L0,8z", class: "graph-arrow" }));
    root.append(svg("defs", {}, arrow));
    for (const [x, y, w, h] of value.blocks) root.append(svg("rect", { x, y, width: w, height: h, rx: 8, class: "graph-block" }));
    for (const edge of value.edges) {
      const line = svg("path", { d: path(edge.points), class: `graph-edge${edge.broken ? " is-broken" : ""}`, "marker-end": "url(#arrow)" });
      if (edge.broken) line.append(svg("title", {}, "This dependency closes a cycle"));
      root.append(line);
      if (edge.label) {
        const [x0, y0] = edge.points[0];
        const [x1, y1] = edge.points[1];
        root.append(svg("text", { x: (x0 + x1) / 2, y: (y0 + y1) / 2 - 5, class: "graph-label" }, edge.label));
      }
    }
    for (const task of value.nodes) {
      const state = value.states[task.state];
      const inner = [
        svg("title", {}, task.title),
        svg("rect", { x: task.x, y: task.y, width: box[0], height: box[1], rx: 6, class: "graph-box" }),
        svg("text", { x: task.x + 12, y: task.y + 16, class: "graph-name" }, fitted(task.key, box[0] - 20, "600 12px")),
        svg("text", { x: task.x + 12, y: task.y + 30, class: "graph-kind" }, fitted(task.note, box[0] - 20, "11px")),
      ];
      if (state) inner.push(svg("rect", { x: task.x, y: task.y, width: 4, height: box[1], rx: 2, class: "graph-tone" }));
      const classes = `graph-task ${state ? `is-${state.tone}` : ""} ${task.missing ? "is-missing" : ""} ${task.chosen ? "is-chosen" : ""}`;
      root.append(target(task, svg, { class: classes, "aria-label": task.title }, ...inner));
    }
    return [html("div", { class: "graph-scroll", tabindex: "0", role: "group", "aria-label": value.name }, root)];
  }

  // The timeline

  function length(milliseconds) {
    const seconds = Math.round(milliseconds / 1000);
    for (const [size, name, part, partName] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
      if (seconds >= size) {
        const low = Math.floor((seconds % size) / part);
        return `${Math.floor(seconds / size)} ${name}${low ? ` ${low} ${partName}` : ""}`;
      }
    }
    return `${milliseconds < 10000 ? (milliseconds / 1000).toFixed(1) : seconds} s`;
  }

  const ROW = 24;
  function timeline(value, wide) {
    const label = Math.min(200, Math.max(96, wide * 0.22));
    const room = Math.max(120, wide - label - 84);
    const at = (share) => label + share * room;
    const axis = svg("svg", { width: wide, height: 22, class: "timeline-axis", "aria-hidden": "true" });
    const root = svg("svg", { width: wide, height: value.rows.length * ROW + 4, class: "timeline-drawing" });
    let written = -Infinity;
    for (const [share, milliseconds] of value.ticks) {
      // On a narrow screen not every mark has room for its words.
      if (at(share) - written > 56) {
        written = at(share);
        axis.append(svg("text", { x: at(share), y: 15, class: "timeline-tick" }, milliseconds ? length(milliseconds) : "0"));
      }
      root.append(svg("line", { x1: at(share), x2: at(share), y1: 0, y2: value.rows.length * ROW, class: "timeline-grid" }));
    }
    value.rows.forEach((row, index) => {
      const y = index * ROW;
      const inner = [
        svg("title", {}, row.title),
        svg("rect", { x: 0, y, width: wide, height: ROW, class: "timeline-row" }),
        svg("text", { x: 4, y: y + 16, class: "timeline-name" }, fitted(row.key, label - 12, "12px")),
      ];
      for (const [phase, from, to, state] of row.bars) {
        const tone = value.states[state] ? `is-${value.states[state].tone}` : "";
        const width = Math.max(1.5, (to - from) * room);
        inner.push(svg("rect", { x: at(from), y: y + 6, width, height: ROW - 12, class: `timeline-bar phase-${phase} ${tone}` }));
      }
      if (row.took) {
        const end = row.bars.length ? row.bars[row.bars.length - 1][2] : 0;
        inner.push(svg("text", { x: at(end) + 5, y: y + 16, class: "timeline-took" }, row.took));
      }
      const classes = `timeline-task ${row.chosen ? "is-chosen" : ""}`;
      root.append(target(row, svg, { class: classes, "aria-label": row.title }, ...inner));
    });
    return [html("div", { class: "timeline-scroll", tabindex: "0", role: "group", "aria-label": value.name }, axis, root)];
  }

  // Tables: cells are text, or {text, state, when, href, set, list, ...}

  function cell(item, states) {
    if (item === null) return [html("span", { class: "text-body-secondary" }, "–")];
    if (typeof item !== "object") return [String(item)];
    if (item.state) return [badge(states[item.state])];
    if ("when" in item) return [when(item.when)];
    return [target(item, html, { title: item.title }, item.text)];
  }

  function table(value) {
    const head = html("tr", {}, ...value.columns.map((column) => html("th", { scope: "col" }, column)));
    const rows = value.rows.map((row) =>
      html("tr", { class: row.chosen ? "is-chosen" : null }, ...row.cells.map((item) => html("td", {}, ...cell(item, value.states)))),
    );
    const whole = html("table", { class: "table table-hover small-grid", "aria-label": value.name }, html("thead", {}, head), html("tbody", {}, ...rows));
    return [html("div", { class: "grid-small table-scroll", tabindex: "0", role: "group", "aria-label": `${value.name}, scrollable` }, whole)];
  }

  // Tasks by runs

  function matrix(value) {
    const head = html("tr", {}, html("th", { scope: "col" }, "Task"));
    for (const run of value.runs) head.append(html("th", { scope: "col" }, target(run, html, { title: run.title, class: `run-cell is-${value.states[run.state].tone}` }, icon(value.states[run.state].icon), html("span", { class: "visually-hidden" }, run.title))));
    const rows = value.rows.map((row) => {
      const line = html("tr", {}, html("th", { scope: "row" }, row.key));
      row.cells.forEach((item) => {
        const inner = item && target(item, html, { class: `run-cell is-${value.states[item.state].tone}`, title: item.title }, icon(value.states[item.state].icon), html("span", { class: "visually-hidden" }, item.title));
        line.append(html("td", {}, inner || html("span", { class: "visually-hidden" }, "not in this run")));
      });
      return line;
    });
    const whole = html("table", { class: "matrix", "aria-label": value.name }, html("thead", {}, head), html("tbody", {}, ...rows));
    return [html("div", { class: "grid-small table-scroll", tabindex: "0", role: "group", "aria-label": `${value.name}, scrollable` }, whole)];
  }

  // How long runs took: a bar each, oldest first, with lines at the median and the 95th percentile

  function bars(value, wide) {
    const height = 140;
    const foot = 4;
    const step = Math.min(28, wide / Math.max(1, value.bars.length));
    const scale = (milliseconds) => ((height - 18) * milliseconds) / value.most;
    const root = svg("svg", { width: wide, height: height + foot, class: "bars-drawing", role: "group", "aria-label": value.name });
    value.bars.forEach((bar, index) => {
      const tall = Math.max(2, scale(bar.took));
      const inner = [
        svg("title", {}, bar.title),
        svg("rect", { x: index * step, y: 0, width: step, height, class: "bars-room" }),
        svg("rect", { x: index * step + 1, y: height - tall, width: Math.max(1, step - 2), height: tall, rx: 1.5, class: "bars-bar" }),
      ];
      root.append(target(bar, svg, { class: `bars-run is-${value.states[bar.state].tone}`, "aria-label": bar.title }, ...inner));
    });
    for (const [name, milliseconds, text] of value.lines) {
      const y = height - scale(milliseconds);
      root.append(svg("line", { x1: 0, x2: wide, y1: y, y2: y, class: "bars-line" }), svg("text", { x: wide - 2, y: y - 4, class: "bars-text" }, `${name} ${text}`));
    }
    return [root];
  }

  add("graph", graph);
  add("timeline", timeline, true);
  add("table", table);
  add("matrix", matrix);
  add("bars", bars, true);
})();
