// How long runs took: a bar each, oldest first, with lines at the median and the 95th percentile (portal.ui.jobdrawings).
import { svg } from "../dom.js";
import { add, svgTarget } from "../parts/drawings.js";

/** @typedef {import("../parts/drawings.js").Target & {took: number, title: string, state: string}} Bar took: ms */
/** @typedef {[name: string, milliseconds: number, text: string]} Line */

const HEIGHT = 140;
const FOOT = 4;

/**
 * @param {{name: string, bars: Bar[], lines: Line[], most: number, states: import("../parts/drawings.js").States}} value
 * @param {number} wide
 */
function bars({ name, bars: shown, lines, most, states }, wide) {
  const step = Math.min(28, wide / Math.max(1, shown.length));
  /** @param {number} milliseconds */
  const scale = (milliseconds) => ((HEIGHT - 18) * milliseconds) / most;
  const drawn = shown.map((bar, index) => {
    const tall = Math.max(2, scale(bar.took));
    const size = { x: index * step + 1, y: HEIGHT - tall, width: Math.max(1, step - 2), height: tall, rx: 1.5 };
    return svgTarget(
      bar,
      { class: `bars-run is-${states[bar.state].tone}`, "aria-label": bar.title },
      svg("title", {}, bar.title),
      svg("rect", { x: index * step, y: 0, width: step, height: HEIGHT, class: "bars-room" }),
      svg("rect", { ...size, class: "bars-bar" }),
    );
  });
  const marks = lines.flatMap(([called, milliseconds, text]) => {
    const y = HEIGHT - scale(milliseconds);
    return [
      svg("line", { x1: 0, x2: wide, y1: y, y2: y, class: "bars-line" }),
      svg("text", { x: wide - 2, y: y - 4, class: "bars-text" }, `${called} ${text}`),
    ];
  });
  const about = { width: wide, height: HEIGHT + FOOT, class: "bars-drawing", role: "group", "aria-label": name };
  return [svg("svg", about, ...drawn, ...marks)];
}
add("bars", bars, true);
