// The task graph of a job or a run (portal.ui.graph places it, portal.ui.jobdrawings says what is in it).
import { element, svg } from "../dom.js";
import { add, fitted, svgTarget } from "../parts/drawings.js";
import { around, curve, fitting } from "./geometry.js";
import { filtering, fits } from "./taskfilter.js";

/** @typedef {import("../parts/drawings.js").States} States */
/**
 * @typedef {{points: [number, number][], broken?: boolean, label?: string, title?: string}} Edge `broken`: it closes a
 * cycle, and goes back around corners
 */
/**
 * @typedef {import("../parts/drawings.js").Target & {
 *   x: number, y: number, key: string, note: string, title: string, state?: string, missing?: boolean, chosen?: boolean,
 * }} Task
 */
/**
 * @typedef {{
 *   name: string, width: number, height: number, box: [number, number], blocks: [number, number, number, number][],
 *   edges: Edge[], nodes: Task[], states: States,
 * }} Graph
 */

/** @param {string} id @param {string} shape */
function arrow(id, shape) {
  const size = { markerWidth: 7, markerHeight: 7, refX: 7, refY: 4 };
  const head = svg("path", { d: "M0,0L8,4L0,8z", class: shape });
  return svg("marker", { id, viewBox: "0 0 8 8", orient: "auto", ...size }, head);
}

/** @param {Edge} edge */
function lineOf({ points, broken, label, title }) {
  if (broken) return back(points, title ?? "");
  const line = svg("path", { d: curve(points), class: "graph-edge", "marker-end": "url(#arrow)" });
  if (!label) return [line];
  const [[x0, y0], [x1, y1]] = points;
  return [line, svg("text", { x: (x0 + x1) / 2, y: (y0 + y1) / 2 - 5, class: "graph-label" }, label)];
}

/** A line that closes a cycle. @param {[number, number][]} points @param {string} words */
function back(points, words) {
  const line = svg(
    "path",
    { d: around(points), class: "graph-edge is-back", "marker-end": "url(#arrow-back)" },
    svg("title", {}, words),
  );
  const [x0, y] = points[2];
  const [x1] = points[3];
  return [line, svg("text", { x: (x0 + x1) / 2, y: y - 5, class: "graph-label is-back" }, "← cycle")];
}

/**
 * @param {Task} task
 * @param {[number, number]} box
 * @param {States} states
 */
function boxOf(task, [width, height], states) {
  const { x, y } = task;
  const state = task.state && states[task.state];
  const classes = ["graph-task", state && `is-${state.tone}`, task.missing && "is-missing", task.chosen && "is-chosen"];
  if (!fits(task.key, task.state)) classes.push("is-out");
  return svgTarget(
    task,
    { class: classes.filter(Boolean).join(" "), "aria-label": task.title },
    svg("title", {}, task.title),
    svg("rect", { x, y, width, height, rx: 6, class: "graph-box" }),
    svg("text", { x: x + 12, y: y + 16, class: "graph-name" }, fitted(task.key, width - 20, "600 12px")),
    svg("text", { x: x + 12, y: y + 30, class: "graph-kind" }, fitted(task.note, width - 20, "11px")),
    state && svg("rect", { x, y, width: 4, height, rx: 2, class: "graph-tone" }),
  );
}

const LEAST = 0.1;
const MOST = 2;
const STEP = 1.25;
let page = "";
let scale = 1;

/** @param {Graph} value */
function graph({ name, width, height, box, blocks, edges, nodes, states }) {
  if (page !== location.pathname) {
    page = location.pathname;
    scale = 1;
  }
  const root = svg(
    "svg",
    { width: width * scale, height: height * scale, viewBox: `0 0 ${width} ${height}`, class: "graph-drawing" },
    svg("defs", {}, arrow("arrow", "graph-arrow"), arrow("arrow-back", "graph-arrow is-back")),
    ...blocks.map(([x, y, w, h]) => svg("rect", { x, y, width: w, height: h, rx: 8, class: "graph-block" })),
    ...edges.flatMap(lineOf),
    ...nodes.map((task) => boxOf(task, box, states)),
  );
  const scroll = element("div", { class: "graph-scroll", tabindex: "0", role: "group", "aria-label": name }, root);
  const shown = element("span", { class: "graph-scale", role: "status" });
  /** @param {number} to */
  const zoom = (to) => {
    const { clientWidth, clientHeight } = scroll;
    // What was in the middle stays there.
    const x = (scroll.scrollLeft + clientWidth / 2) / scale;
    const y = (scroll.scrollTop + clientHeight / 2) / scale;
    scale = Math.min(MOST, Math.max(LEAST, to));
    root.setAttribute("width", String(width * scale));
    root.setAttribute("height", String(height * scale));
    scroll.scrollTo(x * scale - clientWidth / 2, y * scale - clientHeight / 2);
    shown.textContent = `${Math.round(scale * 100)} %`;
  };
  /**
   * @param {string} text
   * @param {string} words
   * @param {() => number} to
   */
  const button = (text, words, to) => {
    const about = { type: "button", class: "btn btn-outline-secondary btn-sm", title: words, "data-key": words };
    const drawn = element("button", { ...about, "aria-label": words }, text);
    drawn.addEventListener("click", () => zoom(to()));
    return drawn;
  };
  const fit = () => fitting(width, height, scroll.clientWidth, window.innerHeight * 0.7);
  const bar = element(
    "div",
    { class: "graph-bar", role: "group", "aria-label": "Size of the graph" },
    button("Fit", "Fit all tasks", fit),
    button("−", "Smaller", () => scale / STEP),
    shown,
    button("+", "Larger", () => scale * STEP),
    button("1:1", "Full size", () => 1),
  );
  shown.textContent = `${Math.round(scale * 100)} %`;
  const first = filtering() && nodes.find((task) => fits(task.key, task.state));
  if (first) {
    // After it is in the document, and scrolled to where it was.
    requestAnimationFrame(() => {
      const left = first.x * scale - scroll.clientWidth / 3;
      const top = first.y * scale - scroll.clientHeight / 3;
      scroll.scrollTo({ left, top });
    });
  }
  return [bar, scroll];
}
add("graph", graph);
