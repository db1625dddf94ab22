// How often a live region looks again.

/** @typedef {{mark: string, first: number, wait: number, since: number}} Wait seconds; `since` in ms */

/**
 * How long to wait from now on: from the beginning where what is shown (`mark`) or its pace has changed, else as before.
 *
 * @param {Wait | undefined} known
 * @param {string} mark
 * @param {number} first
 * @param {number} now
 * @returns {Wait}
 */
export function waiting(known, mark, first, now) {
  if (known && known.mark === mark && known.first === first) return known;
  return { mark, first, wait: first, since: known?.since ?? now };
}

/**
 * @param {Wait} wait
 * @param {number} now
 */
export const isDue = (wait, now) => now - wait.since >= wait.wait * 1000;

/**
 * Having looked: a quarter longer, up to the slowest.
 *
 * @param {Wait} wait
 * @param {number} slowest
 * @param {number} now
 * @returns {Wait}
 */
export function after(wait, slowest, now) {
  return { ...wait, since: now, wait: Math.min(wait.wait * 1.25, Math.max(wait.first, slowest)) };
}
