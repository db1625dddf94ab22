// Grids that are edited (portal.ui.editgrid): what was, is collected in a store, and counted beside the button that saves.
import { callbacks, noUpdate } from "../dash.js";
import { collected } from "./edited.js";

/**
 * @param {import("./edited.js").Edit[] | null} edits
 * @param {import("./edited.js").Kept | null} kept
 */
const collect = (edits, kept) => (edits?.length && kept ? collected(kept, edits) : noUpdate());

/** @param {import("./edited.js").Kept | null} kept */
function counted(kept) {
  const count = kept?.rows.length ?? 0;
  return [count ? `${count} ${count === 1 ? "row" : "rows"} changed, not saved yet` : "", count === 0];
}
callbacks("portal", { collect, counted });
