// Where statements run: the field that says in which catalog and schema names are looked up, and the warehouse.
import { by } from "../dom.js";
import { names, quote } from "./sqltext.js";

/** The field, which belongs to the draft; null on other pages. */
export const field = () => /** @type {HTMLInputElement | null} */ (by("warehouse-where"));

/** `[catalog, schema]`, `[schema]` or nothing. */
export const where = () => names(field()?.value ?? "");

/**
 * @param {string[]} path
 * @returns {string} as it is written
 */
export const written = (path) => path.map(quote).join(".");

/** As a request has them. */
export function scope() {
  const path = where();
  return { catalog: path.length > 1 ? path[0] : null, schema: path.at(-1) ?? null };
}

/** The choice of warehouses; null on other pages. */
export const choice = () => /** @type {HTMLSelectElement | null} */ (by("warehouse-choice"));

/** The id of the warehouse that is chosen. */
export const warehouse = () => choice()?.value || null;

/** The choice of how many rows are fetched. */
export const limit = () => /** @type {HTMLSelectElement | null} */ (by("warehouse-limit"));
