// One tile: its state and what is in it, as the server answered. Charts are drawn one a frame, so that a page of forty stays
// alive meanwhile.
import { element } from "../dom.js";
import { plotly } from "../parts/bundles.js";
import { counted } from "../text.js";
import { raw, tableOf } from "./charttable.js";
import { made } from "./elements.js";

/**
 * @typedef {{
 *   state: string, body: unknown, notes: string[], key?: string, asOf?: number, statement?: string, rows?: number,
 *   figure?: {data: any[], layout: any}, kind?: string, picks?: {x: string, color: string}, said?: string, wait?: string,
 * }} Answer
 */
/** @typedef {(section: HTMLElement, field: string, value: string) => void} Pick */

/** @type {(() => Promise<void>)[]} */
const queue = [];
let drawing = false;

async function work() {
  if (drawing) return;
  drawing = true;
  for (let next = queue.shift(); next; next = queue.shift()) {
    await next().catch(() => {});
    await new Promise((resolve) => {
      if (document.hidden) setTimeout(resolve);
      else requestAnimationFrame(resolve);
    });
  }
  drawing = false;
}

/** @param {HTMLElement} section */
export const bodyOf = (section) => /** @type {HTMLElement} */ (section.querySelector(".tile-body"));

/** @param {HTMLElement} section */
export const graphOf = (section) => /** @type {any} */ (section.querySelector(".js-plotly-plot"));

/**
 * @param {HTMLElement} section
 * @param {Answer} answer
 * @param {Pick} pick
 */
export function show(section, answer, pick) {
  const body = bodyOf(section);
  const notes = answer.notes?.length ? element("p", { class: "tile-note" }, answer.notes.join(" ")) : null;
  section.removeAttribute("aria-busy");
  section.classList.remove("is-stale");
  if (!answer.figure) {
    clear(section);
    body.replaceChildren(...made(answer.body), ...(notes ? [notes] : []));
    section.dataset.state = answer.state;
    return;
  }
  const { figure } = answer;
  queue.push(async () => {
    if (!section.isConnected) return;
    const lib = await plotly();
    let graph = graphOf(section);
    if (!graph) {
      clear(section);
      graph = element("div", { class: "tile-chart" });
      const label = `Chart: ${section.getAttribute("aria-label") ?? ""}`;
      body.replaceChildren(element("div", { class: "tile-figure", role: "img", "aria-label": label }, graph));
    }
    body.querySelector(".tile-note")?.remove();
    body.querySelector(".tile-told")?.remove();
    if (notes) body.append(notes);
    await lib.react(graph, figure.data, figure.layout, { displayModeBar: false, displaylogo: false, responsive: true });
    body.append(...told(section, figure));
    section.dataset.state = answer.state;
    graph.removeAllListeners?.("plotly_click");
    graph.on?.("plotly_click", (/** @type {any} */ event) => picked(section, answer, event, pick));
  });
  work();
}

/** The chart as a table, for screen readers. @param {HTMLElement} section @param {{data: any[], layout: any}} figure */
function told(section, figure) {
  const found = tableOf(figure);
  if (!found) return [];
  const { head, rows, total } = found;
  const rest = total > rows.length ? `, the first ${rows.length} of ${counted(total, "row")}` : "";
  const table = element(
    "table",
    {},
    element("caption", {}, `${section.getAttribute("aria-label") ?? "Chart"}${rest}`),
    element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
    element(
      "tbody",
      {},
      ...rows.map(([name, ...cells]) =>
        element("tr", {}, element("th", { scope: "row" }, name), ...cells.map((cell) => element("td", {}, cell))),
      ),
    ),
  );
  return [element("div", { class: "tile-told visually-hidden" }, table)];
}

/**
 * @param {HTMLElement} section
 * @param {Answer} answer
 * @param {any} event of plotly.js
 * @param {Pick} pick
 */
function picked(section, answer, event, pick) {
  const point = event.points?.[0];
  if (!point) return;
  if (answer.kind === "pie" && answer.picks?.color) pick(section, answer.picks.color, raw(point.label));
  else if (point.data?.type === "bar" && answer.picks?.x) {
    pick(section, answer.picks.x, raw(point.data.orientation === "h" ? point.y : point.x));
  }
}

/** @param {HTMLElement} section */
function clear(section) {
  const graph = graphOf(section);
  if (graph) window.Plotly?.purge(graph);
}

/** Once every chart that was asked for is drawn. */
export async function settled() {
  while (drawing || queue.length) await new Promise((resolve) => setTimeout(resolve, 30));
}
