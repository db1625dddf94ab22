// A saved query and the draft that it is: how the one becomes the other.
import { merged, parameter, parted } from "./parameter-definitions.js";
import { markers, names } from "./sqltext.js";
import { written } from "./where.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Definition} Definition */
/**
 * @typedef {{
 *   id: string, name: string, mine: boolean, updated: string, sql: string, warehouse: string | null, catalog: string,
 *   schema: string, definitions: Definition[], beside: Record<string, any>, drawn: {name: string, type: string}[],
 *   note: string,
 * }} Found of `sql/query` (portal/web/sql.py)
 */

/**
 * The draft that a saved query makes.
 *
 * @param {Found} found
 * @returns {Partial<Draft>}
 */
export function draftFrom({
  id,
  name,
  mine,
  updated,
  sql,
  warehouse: where,
  catalog,
  schema,
  definitions,
  beside,
  drawn,
}) {
  const { limit, view } = beside;
  const query = {
    sql,
    where: written([catalog, schema].filter(Boolean)),
    warehouse: where,
    limit: typeof limit === "string" ? limit : "1000",
    ...parted(definitions),
    view: typeof view === "object" && Array.isArray(view?.names) ? view : null,
  };
  return { ...query, name, saved: { id, name, updated, mine, drawn, base: structuredClone(query) } };
}

/**
 * What a draft's parameters are, with the values that they have now: those that the text names, and those that it does not,
 * which may be of a kind of marker that is not ours.
 *
 * @param {Draft} draft
 */
function parametersOf(draft) {
  const named = markers(draft.sql);
  const others = draft.definitions.map(({ name }) => name).filter((name) => !named.includes(name));
  return [...merged(draft, named), ...others.map((name) => parameter(draft, name))];
}

/**
 * What is asked of the portal to keep a draft.
 *
 * @param {Draft} draft
 */
export function body(draft) {
  const path = names(draft.where);
  return {
    sql: draft.sql,
    warehouse: draft.warehouse,
    catalog: path.length > 1 ? path[0] : null,
    schema: path.at(-1) ?? null,
    definitions: parametersOf(draft),
    beside: { ...(draft.limit !== "1000" && { limit: draft.limit }), ...(draft.view && { view: draft.view }) },
  };
}
