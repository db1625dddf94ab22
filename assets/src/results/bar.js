// The bar above a result, and its places: `note`, `form`, `chips`.

/** @param {string} id of a result */
export const bar = (id) =>
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-result="${CSS.escape(id)}"]`));

/**
 * @param {string} id
 * @param {"note" | "form" | "chips"} name
 */
export const part = (id, name) =>
  /** @type {HTMLElement | null} */ (bar(id)?.querySelector(`[data-part=${name}]`) ?? null);

/**
 * The place of the forms below the bar, for one of them; null where that one showed already, and is closed now.
 *
 * @param {string} id
 * @param {"filter" | "chart" | "profile" | "columns" | "compare"} shows
 * @param {boolean} always
 */
export function formFor(id, shows, always = false) {
  const form = part(id, "form");
  if (!form) return null;
  const closes = !always && !form.hidden && form.dataset.shows === shows;
  form.hidden = closes;
  form.dataset.shows = shows;
  return closes ? null : form;
}
