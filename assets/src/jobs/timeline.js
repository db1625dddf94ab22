// When each task of a run waited, started and ran (portal.ui.timeline).
import { element, svg } from "../dom.js";
import { add, fitted, svgTarget } from "../parts/drawings.js";
import { length } from "../text.js";
import { roomy, timescale } from "./geometry.js";
import { fits } from "./taskfilter.js";

/** @typedef {import("../parts/drawings.js").States} States */
/** @typedef {[phase: string, from: number, to: number, state: string]} Bar from and to as shares of the whole time */
/**
 * @typedef {import("../parts/drawings.js").Target & {
 *   key: string, title: string, took?: string, chosen?: boolean, bars: Bar[], state: string,
 * }} Row
 */
/** @typedef {[share: number, milliseconds: number]} Tick */
/** @typedef {[share: number, text: string]} Pause where so long nothing ran, which is left out */

const ROW = 24;

/**
 * @param {Row} row
 * @param {number} index
 * @param {number} wide
 * @param {States} states
 */
function lineOf(row, index, wide, states) {
  const { label, room, at } = timescale(wide);
  const y = index * ROW;
  const end = row.bars.at(-1)?.[2] ?? 0;
  return svgTarget(
    row,
    { class: `timeline-task ${row.chosen ? "is-chosen" : ""}`, "aria-label": row.title },
    svg("title", {}, row.title),
    svg("rect", { x: 0, y, width: wide, height: ROW, class: "timeline-row" }),
    svg("text", { x: 4, y: y + 16, class: "timeline-name" }, fitted(row.key, label - 12, "12px")),
    ...row.bars.map(([phase, from, to, state]) => {
      const tone = states[state] ? `is-${states[state].tone}` : "";
      const size = { x: at(from), y: y + 6, width: Math.max(1.5, (to - from) * room), height: ROW - 12 };
      return svg("rect", { ...size, class: `timeline-bar phase-${phase} ${tone}` });
    }),
    row.took && svg("text", { x: at(end) + 5, y: y + 16, class: "timeline-took" }, row.took),
  );
}

/**
 * @param {{name: string, rows: Row[], ticks: Tick[], pauses: Pause[], states: States}} value
 * @param {number} wide
 */
function timeline({ name, rows: every, ticks, pauses, states }, wide) {
  const { at } = timescale(wide);
  const rows = every.filter(({ key, state }) => fits(key, state));
  const bottom = rows.length * ROW;
  // On a narrow screen not every mark has room for its words.
  const words = roomy(ticks, ([share]) => at(share), 56).map(([share, milliseconds]) =>
    svg("text", { x: at(share), y: 15, class: "timeline-tick" }, milliseconds ? length(milliseconds) : "0"),
  );
  const axis = svg("svg", { width: wide, height: 22, class: "timeline-axis", "aria-hidden": "true" }, ...words);
  const root = svg(
    "svg",
    { width: wide, height: bottom + 4, class: "timeline-drawing" },
    ...ticks.map(([share]) => svg("line", { x1: at(share), x2: at(share), y1: 0, y2: bottom, class: "timeline-grid" })),
    ...pauses.map(([share]) =>
      svg("line", { x1: at(share), x2: at(share), y1: 0, y2: bottom, class: "timeline-pause" }),
    ),
    ...rows.map((row, index) => lineOf(row, index, wide, states)),
  );
  const about = { class: "timeline-scroll", tabindex: "0", role: "group", "aria-label": name };
  const drawn = [element("div", about, axis, root)];
  const left = pauses.map(([, text]) => text).join(", ");
  const note = `Left out at the dashed lines: ${left} in which nothing ran.`;
  return left ? [...drawn, element("p", { class: "grid-note" }, note)] : drawn;
}
add("timeline", timeline, true);
