// Which rows of a grid have been edited, each with the value that was there first and the one that is there now. What is
// changed back is no change.

/** @typedef {{key: any, version: any, was: Record<string, any>, now: Record<string, any>}} Change */
/** @typedef {{colId: string, oldValue: any, value: any, data: Record<string, any>}} Edit of dash-ag-grid */
/** @typedef {{rows: Change[], key: string, version: string}} Kept with the names of two columns */

/**
 * @param {Kept} kept
 * @param {Edit[]} edits
 */
export function collected(kept, edits) {
  const rows = new Map(kept.rows.map((row) => [String(row.key), structuredClone(row)]));
  for (const { colId, oldValue, value, data } of edits) {
    const id = String(data[kept.key]);
    const row = rows.get(id) ?? { key: data[kept.key], version: data[kept.version] ?? null, was: {}, now: {} };
    if (!(colId in row.was)) row.was[colId] = oldValue ?? null;
    row.now[colId] = value ?? null;
    if (row.now[colId] === row.was[colId]) {
      delete row.was[colId];
      delete row.now[colId];
    }
    if (Object.keys(row.now).length) rows.set(id, row);
    else rows.delete(id);
  }
  return { ...kept, rows: [...rows.values()] };
}
