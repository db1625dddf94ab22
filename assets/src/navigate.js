// The page's address, and going to another page of the portal without loading a document.
import { tell } from "./events.js";

/**
 * As Dash's own links do it; its router listens to the first, its other links to the second.
 *
 * @param {string} href
 */
export function go(href) {
  history.pushState({}, "", href);
  window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  window.dispatchEvent(new CustomEvent("_dashprivate_historychange"));
}

/**
 * Whether the browser itself is to act on a click: in another tab, another window, or as a download.
 *
 * @param {MouseEvent} event
 */
export const isBrowsers = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;

export const asked = () => new URLSearchParams(location.search);

/**
 * Another query of the same page, in place of the one before or (`push`) as a step that "back" undoes.
 *
 * @param {URLSearchParams} parameters
 * @param {{push?: boolean, hash?: string}} options `hash`: `""` or with its `#`; what is there by default
 * @returns {boolean} whether it is another
 */
export function ask(parameters, { push = false, hash = location.hash } = {}) {
  const search = parameters.size ? `?${parameters}` : "";
  if (search === location.search && hash === location.hash) return false;
  const address = location.pathname + search + hash;
  if (push) history.pushState(history.state, "", address);
  else history.replaceState(history.state, "", address);
  tell("portal:address");
  return true;
}

/**
 * A query with some of its parameters changed. Another question begins on its first page.
 *
 * @param {URLSearchParams} query
 * @param {Record<string, string>} changes
 */
export function changed(query, changes) {
  const found = new URLSearchParams(query);
  if (!("page" in changes)) found.delete("page");
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") found.delete(name);
    else found.set(name, value);
  }
  return found;
}
