// What changes the results' panels is asked of the server one at a time: each request names panels by their places, which
// are known once the one before it has been answered.
import { callbacks, noUpdate, setProps } from "../dash.js";

/** @typedef {() => Record<string, unknown> | null} Make what to ask, once it is its turn; null for nothing any more */

/** @type {Make[]} */
let waiting = [];
/** When the one that is under way was sent, which is its number; 0 where none is. */
let sent = 0;
let last = 0;
/** @type {string[]} the panels' regions, in the order of the page's layout */
let regions = [];

function next() {
  while (!sent && waiting.length) {
    const ask = waiting.shift()?.();
    if (!ask) continue;
    sent = last = Math.max(Date.now(), last + 1);
    setProps("warehouse-ask", { data: { ...ask, n: sent } });
  }
}

/** @param {Make} make */
export function send(make) {
  waiting.push(make);
  next();
}

/** When what is under way was sent; 0 where nothing is. */
export const since = () => sent;

/** The one under way has brought nothing: a state was drawn. */
export function over() {
  sent = 0;
  next();
}

/** The page was left. */
export function leave() {
  waiting = [];
  sent = 0;
}

/**
 * The place of a panel; -1 where there is none.
 *
 * @param {string} region
 */
export const placeOf = (region) => regions.indexOf(region);

/**
 * The places of those panels that are such.
 *
 * @param {(region: string) => boolean} which
 */
export const places = (which) => regions.flatMap((region, index) => (which(region) ? [index] : []));

/**
 * Called by Dash once the panels are as the request wanted them, and when the page is drawn.
 *
 * @param {{props: {id: {region: string}}}[] | null} panels
 */
function answered(panels) {
  regions = (panels ?? []).map(({ props }) => props.id.region);
  if (sent) over();
  return noUpdate();
}
callbacks("warehouse", { answered });
