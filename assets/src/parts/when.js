// Times in the viewer's own zone and locale: relative and kept current, exact, or to the minute; the exact one on hover.
import { eachFrame } from "../timing.js";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31557600],
  ["month", 2629800],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/**
 * A moment as it is from now.
 *
 * @param {number | Date} moment milliseconds since 1970, or a date
 */
export function ago(moment) {
  const seconds = (Number(moment) - Date.now()) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 5 ? "just now" : relative.format(Math.trunc(seconds), "second");
}

/**
 * A moment as the viewer's own clock has it.
 *
 * @param {number | Date} moment
 */
export const exact = (moment) => local.format(moment);

function draw() {
  for (const time of document.querySelectorAll("time[data-when]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const full = exact(date);
    const texts = { exact: () => full, minute: () => short.format(date), ago: () => ago(date) };
    const text = texts[/** @type {keyof typeof texts} */ (time.dataset.when)]();
    // React owns the text node: change its value, never replace it.
    if (time.firstChild && time.firstChild.nodeValue !== text) time.firstChild.nodeValue = text;
    if (time.title !== full) time.title = full;
  }
}
eachFrame(draw);
setInterval(draw, 10000);
