// What an embedded page keeps in its address, and what it tells its host.

const MARKS = ["embed", "theme"];

/**
 * An address with the marks of being embedded, where it lacks them.
 *
 * @param {URL} to
 * @param {URLSearchParams} first what the page was opened with
 */
export function carried(to, first) {
  const found = new URL(to);
  for (const name of MARKS) {
    const value = first.get(name);
    if (value !== null && !found.searchParams.has(name)) found.searchParams.set(name, value);
  }
  return found;
}

/**
 * What the host is told: a height and an address that are no secret to it.
 *
 * @param {URL} address
 * @param {number} height in px
 * @param {string} title
 */
export function message(address, height, title) {
  const found = new URL(address);
  for (const name of MARKS) found.searchParams.delete(name);
  return { type: "portal", height, path: found.pathname + found.search + found.hash, title };
}
