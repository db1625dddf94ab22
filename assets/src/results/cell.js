// One value, whole: long text, and nested values as a tree.
import { element } from "../dom.js";
import { wordsOf } from "../http.js";
import { copy } from "../parts/clipboard.js";
import { count } from "../text.js";
import { leaving } from "./leaving.js";

/** @typedef {{leaf: string | null, kind: string}} Leaf */
/** @typedef {Leaf | {object: [string, Tree][]} | {list: Tree[]}} Tree */

/**
 * @param {string | number | null} key
 * @param {Tree} tree
 * @param {boolean} open
 * @returns {HTMLElement}
 */
function branch(key, tree, open) {
  const name = key !== null && element("span", { class: "value-key" }, `${key}: `);
  if ("leaf" in tree) {
    const shown = tree.leaf === null ? "NULL" : tree.kind === "text" ? JSON.stringify(tree.leaf) : tree.leaf;
    return element("li", {}, name, element("span", { class: `value-${tree.kind}` }, shown));
  }
  const isObject = "object" in tree;
  /** @type {[string | number, Tree][]} */
  const parts = isObject ? tree.object : tree.list.map((item, index) => [index, item]);
  if (!parts.length) return element("li", {}, name, isObject ? "{}" : "[]");
  const many = isObject ? `{${parts.length}}` : `[${parts.length}]`;
  const list = element("ul", { class: "value-tree" });
  const summary = element("summary", {}, name, element("span", { class: "value-count" }, many));
  const details = element("details", { open }, summary, list);
  const fill = () => {
    if (!list.children.length) list.append(...parts.map(([part, item]) => branch(part, item, parts.length < 20)));
  };
  if (open) fill();
  details.addEventListener("toggle", fill);
  return element("li", {}, details);
}

/** @param {{tree?: Tree, text: string | null}} cell */
function drawn({ tree, text }) {
  if (tree) return element("ul", { class: "value-tree is-root" }, branch(null, tree, true));
  if (text === null) return element("span", { class: "value-null" }, "NULL");
  return element("pre", { class: "cell-text", tabindex: "0" }, text === "" ? "(empty text)" : text);
}

/**
 * @param {import("./result.js").Result} result
 * @param {number} row
 * @param {number} column
 */
export async function showCell(result, row, column) {
  const name = result.first.columns[column].name || "(no name)";
  const body = element("div", { class: "cell-body" }, "Loading…");
  const taking = element(
    "button",
    { type: "button", class: "btn btn-sm btn-outline-secondary", disabled: true },
    "Copy",
  );
  const close = element("button", { type: "button", class: "btn btn-sm btn-primary" }, "Close");
  const title = element("h2", { class: "cell-title", id: "cell-title" }, `${name}, row ${count(row + 1)}`);
  const dialog = element(
    "dialog",
    { class: "cell-dialog", "aria-labelledby": "cell-title" },
    title,
    body,
    element("div", { class: "state-actions" }, taking, close),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  try {
    const cell = await result.cell(row, column);
    title.append(element("span", { class: "cell-type" }, cell.type));
    body.replaceChildren(drawn(cell));
    taking.disabled = false;
    taking.addEventListener("click", async () => {
      const whole = cell.text ?? "";
      const text = leaving(result.first, column, whole);
      const done = text === whole ? "Copied" : "Copied, with ' before its formulas";
      taking.textContent = (await copy(text)) ? done : "Not allowed here";
    });
  } catch (error) {
    body.replaceChildren(wordsOf(error));
  }
}
