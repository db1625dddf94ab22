// What is chosen in a filter, as the page's address has it (portal/boards/selection.py): a choice is one member for each
// value, a span one member `from~to`, All one empty member. `\N` is NULL, `\E` an empty text (parts/members.js).
import { asked } from "../navigate.js";

export { member, plain } from "../parts/members.js";

/** @typedef {{name: string, kind: string, title: string, hasTitle: boolean, description: string, default: string[], all: boolean, menu: boolean, first: boolean}} Control */

export const SPANS = ["date-range", "number-range"];

/**
 * The members that hold for a filter: the address', else its default's. None is All.
 *
 * @param {Control} control
 * @param {URLSearchParams} address
 */
export function members(control, address = asked()) {
  const said = address.getAll(control.name);
  if (!said.length) return control.default;
  return said.length === 1 && said[0] === "" ? [] : said;
}

/**
 * The address with a filter's members; the default needs no mention.
 *
 * @param {Control} control
 * @param {string[]} chosen
 * @param {URLSearchParams} address
 */
export function written(control, chosen, address = asked()) {
  const found = new URLSearchParams(address);
  found.delete(control.name);
  if (JSON.stringify(chosen) === JSON.stringify(control.default)) return found;
  for (const one of chosen.length ? chosen : [""]) found.append(control.name, one);
  return found;
}

/**
 * Every filter's value that the address has, for the server.
 *
 * @param {URLSearchParams} address
 */
export function said(address = asked()) {
  /** @type {Record<string, string[]>} */
  const found = {};
  for (const name of new Set(address.keys())) if (name.includes(".")) found[name] = address.getAll(name);
  return found;
}

/** @type {Record<string, number>} */
const MONTHS = { y: 12, Q: 3, M: 1 };
/** @type {Record<string, number>} */
const SECONDS = { h: 3600, H: 3600, m: 60, s: 1 };

/**
 * A date that may be relative (`now-7d/d`) as `yyyy-mm-dd` in the browser's own zone; "" where it is none.
 *
 * @param {string} text
 * @param {Date} now
 */
export function day(text, now = new Date()) {
  if (/^\d{4}-\d\d-\d\d/.test(text)) return text.slice(0, 10);
  const found = /^now((?:[+-]\d{1,5}[yQMwdhHms])*)(?:\/([yQMwdhHms]))?$/.exec(text);
  if (!found) return "";
  const at = new Date(now);
  for (const [, count, unit] of found[1].matchAll(/([+-]\d+)(\w)/g)) moved(at, Number(count), unit);
  const unit = found[2];
  if (unit === "w") at.setDate(at.getDate() - ((at.getDay() + 6) % 7));
  if (unit && "yQM".includes(unit)) at.setDate(1);
  if (unit === "Q") at.setMonth(Math.floor(at.getMonth() / 3) * 3);
  if (unit === "y") at.setMonth(0);
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/**
 * @param {Date} at
 * @param {number} count
 * @param {string} unit
 */
function moved(at, count, unit) {
  const months = MONTHS[unit];
  if (months) {
    const date = at.getDate();
    at.setDate(1);
    at.setMonth(at.getMonth() + count * months);
    at.setDate(Math.min(date, new Date(at.getFullYear(), at.getMonth() + 1, 0).getDate()));
    return;
  }
  const seconds = SECONDS[unit];
  if (seconds) at.setTime(at.getTime() + count * seconds * 1000);
  else at.setDate(at.getDate() + count * (unit === "w" ? 7 : 1));
}
