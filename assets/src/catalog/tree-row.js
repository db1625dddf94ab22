// One row of a tree of the catalog, as it is drawn.
import { element, icon } from "../dom.js";

/** @typedef {import("./tree-model.js").Row} Row */
/** @typedef {{id: string, href: string | undefined, depth: number, active: string | null, current: string | null}} Around what the tree says of all its rows */

/** @type {Record<string, string>} */
const ICONS = {
  catalog: "database",
  schema: "folder2",
  table: "table",
  view: "eye",
  function: "code-slash",
  column: "hash",
};
/** @type {Record<string, string>} */
const SAYS = { loading: "Loading…", more: "Reading on…", empty: "Nothing here" };

/**
 * The key of a row: a thing's own, or of what is said below it.
 *
 * @param {Row} row
 */
export const rowKey = (row) => (row.says ? `${row.node.key}+` : row.node.key);

/**
 * The address of a thing's page; a column's is its table's.
 *
 * @param {string} href of the catalog's page
 * @param {string[]} path
 */
export function hrefOf(href, path) {
  const page = `${href}/${path.slice(0, 3).map(encodeURIComponent).join("/")}`;
  return path.length > 3 ? `${page}?column=${encodeURIComponent(path[3])}` : page;
}

/** @param {Row} row */
function saying({ node, says = "error" }) {
  const twist = element("span", { class: "tree-twist" });
  const name = element("span", { class: "tree-name" }, SAYS[says] ?? node.error);
  return [twist, name, says === "error" && element("span", { class: "tree-act", "data-retry-node": "1" }, "Try again")];
}

/**
 * @param {Row} row
 * @param {Around} around
 */
function thing({ node }, { href, depth }) {
  const opens = node.path.length < depth;
  const arrow = opens && icon(node.open ? "chevron-down" : "chevron-right");
  const name = element("bdi", {}, node.name);
  const named = { class: "tree-name", title: node.name };
  return [
    element("span", { class: "tree-twist", "data-twist": opens && "1" }, arrow),
    icon(ICONS[node.kind] || "table"),
    href === undefined
      ? element("span", { ...named, draggable: "true" }, name)
      : element("a", { ...named, href: hrefOf(href, node.path), tabindex: "-1" }, name),
    node.browse &&
      element(
        "span",
        { class: "tree-lock", title: "You may browse it, not read it" },
        icon("lock"),
        element("span", { class: "visually-hidden" }, "browse only"),
      ),
    node.note !== "" && element("span", { class: "tree-note" }, node.note),
    href === undefined &&
      element(
        "span",
        { class: "tree-act", "data-pick": "1", title: "Insert its name", "aria-hidden": "true" },
        icon("plus-lg"),
      ),
  ];
}

/**
 * @param {Row} row
 * @param {Around} around
 * @param {number} index
 * @param {number} top in px
 */
export function draw(row, around, index, top) {
  const { node, level, pos, size, says } = row;
  const key = rowKey(row);
  const current = !says && key === around.current;
  const drawn = element(
    "div",
    {
      role: "treeitem",
      class: `tree-row${key === around.active ? " is-active" : ""}${says ? ` says-${says}` : ""}`,
      id: `${around.id}-row-${index}`,
      "data-key": key,
      "aria-level": level,
      "aria-posinset": pos,
      "aria-setsize": size,
      "aria-expanded": !says && node.path.length < around.depth ? String(node.open) : null,
      "aria-selected": says ? null : String(current),
      "aria-current": current && "page",
    },
    ...(says ? saying(row) : thing(row, around)),
  );
  drawn.style.top = `${top}px`;
  drawn.style.setProperty("--tree-level", String(level));
  return drawn;
}
