// A tree of the catalog (portal.ui.tree), as it is drawn and as keys and pointers work it. Only the rows in view are in
// the document. Focus stays on the tree itself (aria-activedescendant), so that redrawing loses nothing.
import { askAgain } from "../dash.js";
import { closest, element } from "../dom.js";
import { go as visit } from "../navigate.js";
import { define } from "../parts/custom.js";
import { debounce } from "../timing.js";
import { keyOf, Model, modelOf, sqlOf } from "./tree-model.js";
import { draw, hrefOf, rowKey } from "./tree-row.js";

/** @typedef {import("./tree-model.js").Node} Node */
/** @typedef {import("./tree-model.js").Row} Row */

const AROUND = 10; // rows drawn above and below what is in view
const TYPING = 220; // ms of rest before a search
const LETTERS = 700; // ms within which letters make a word

class CatalogTree extends HTMLElement {
  model = new Model();
  /** @type {Row[]} */
  rows = [];
  /** @type {Map<string, number>} where a row is, by its key */
  index = new Map();
  depth = 0;
  /** What the holder said when it was looked at last. */
  said = "";
  frame = 0;
  letters = { text: "", at: 0 };
  /** @type {AbortController | null} */
  asked = null;

  input = element("input", {
    type: "search",
    class: "form-control tree-search",
    placeholder: "Search names",
    autocomplete: "off",
    spellcheck: "false",
  });
  status = element("p", { class: "tree-said", role: "status" });
  hint = element("p", { class: "tree-said" });
  columns = element("button", { type: "button", class: "link tree-columns", hidden: true }, "Search columns, too");
  space = element("div", { class: "tree-space", role: "presentation" });
  scroller = element("div", { class: "tree", role: "tree", tabindex: "0" }, this.space);
  sizes = new ResizeObserver(() => this.draw());
  search = debounce(() => this.find(), TYPING);

  constructor() {
    super();
    this.scroller.addEventListener("scroll", () => this.scrolled());
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.scroller.addEventListener("mousedown", (event) => this.pressed(event));
    this.scroller.addEventListener("click", (event) => this.clicked(event));
    this.scroller.addEventListener("dragstart", (event) => this.dragged(event));
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.searchKey(event));
    this.columns.addEventListener("click", () => this.findColumns());
  }

  // Its life

  get holder() {
    return /** @type {HTMLElement} */ (this.parentElement);
  }
  /** The address of the catalog's page, where rows are links; undefined where they are picked. */
  get href() {
    return this.holder.dataset.treeHref;
  }
  connectedCallback() {
    const { id, dataset } = this.holder;
    const label = dataset.tree ?? "";
    this.model = modelOf(id);
    this.model.tree = this;
    this.input.id = `${id}-search`;
    this.input.setAttribute("aria-controls", `${id}-tree`);
    this.input.value = this.model.text;
    this.scroller.id = `${id}-tree`;
    this.scroller.setAttribute("aria-label", label);
    const name = element("label", { class: "visually-hidden", for: this.input.id }, `Search: ${label}`);
    this.replaceChildren(name, this.input, this.status, this.hint, this.columns, this.scroller);
    this.sizes.observe(this.scroller);
    this.refresh();
  }
  disconnectedCallback() {
    this.sizes.disconnect();
    this.search.cancel();
    this.asked?.abort();
  }
  // What the page says: the catalogs, and what it shows.
  refresh() {
    const { treeRoots = "[]", treeCurrent = "[]", treeDepth } = this.holder.dataset;
    if (this.said === treeRoots + treeCurrent) return;
    this.said = treeRoots + treeCurrent;
    this.model.roots = this.model.take(this.model.nodes, [], JSON.parse(treeRoots));
    this.depth = Number(treeDepth);
    this.draw();
    this.scroller.scrollTop = this.model.scroll;
    const path = JSON.parse(treeCurrent);
    if (keyOf(path) !== this.model.current || !path.length) this.reveal(path);
  }
  /**
   * Opens what is above a path, and brings it into view.
   *
   * @param {string[]} path
   */
  async reveal(path) {
    const { model } = this;
    const wanted = keyOf(path);
    model.current = wanted;
    for (let length = 1; length < path.length && length < this.depth; length += 1) {
      const node = model.nodes.get(keyOf(path.slice(0, length)));
      if (!node) break;
      node.open = true;
      if (!node.children) await model.load(node);
      if (model.current !== wanted) return; // another page by now
    }
    if (model.nodes.has(wanted)) model.active = wanted;
    this.draw();
    if (path.length && !model.found) this.show(wanted);
  }
  recheck() {
    const region = this.closest("[data-region]")?.getAttribute("data-region");
    if (region) askAgain(region);
  }

  // Drawing

  get height() {
    return Number.parseFloat(getComputedStyle(this.scroller).getPropertyValue("--tree-row")) || 30;
  }
  scrolled() {
    this.model.scroll = this.scroller.scrollTop;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawRows());
  }
  draw() {
    if (!this.isConnected) return;
    this.rows = this.model.rows(this.depth);
    this.index = new Map(this.rows.map((row, index) => [rowKey(row), index]));
    this.space.style.height = `${this.rows.length * this.height}px`;
    const { active } = this.model;
    if (active === null || !this.index.has(active)) this.model.active = this.rows[0]?.node.key ?? null;
    this.scroller.hidden = !this.rows.length;
    this.drawRows();
  }
  drawRows() {
    if (!this.isConnected) return;
    const height = this.height;
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, Math.floor(scrollTop / height) - AROUND);
    const shown = this.rows.slice(first, Math.ceil((scrollTop + clientHeight) / height) + AROUND);
    const { active, current } = this.model;
    const around = { id: this.holder.id, href: this.href, depth: this.depth, active, current };
    this.space.replaceChildren(
      ...shown.map((row, index) => draw(row, around, first + index, (first + index) * height)),
    );
    const described = this.space.querySelector(".is-active")?.id;
    if (described) this.scroller.setAttribute("aria-activedescendant", described);
    else this.scroller.removeAttribute("aria-activedescendant");
    // The end of what has been read is in view: read on.
    for (const { node, says } of shown) if (says === "more") this.model.load(node);
  }
  /** @param {string} key */
  show(key) {
    const index = this.index.get(key);
    if (index === undefined) return;
    const height = this.height;
    const { scrollTop, clientHeight } = this.scroller;
    const top = index * height;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + height > scrollTop + clientHeight) this.scroller.scrollTop = top + height - clientHeight;
    this.drawRows();
  }

  // Acting

  /**
   * @param {Node} node
   * @param {boolean} open
   */
  toggle(node, open = !node.open) {
    if (this.model.open(node, open)) this.model.load(node);
    else this.draw();
  }
  /** @param {Node} node */
  activate(node) {
    if (this.href === undefined) {
      this.pick(node);
      return;
    }
    if (node.path.length < this.depth && !node.open) this.toggle(node, true);
    visit(hrefOf(this.href, node.path));
  }
  /** @param {Node} node */
  sql(node) {
    return sqlOf(node.kind === "column" ? node.path.slice(-1) : node.path);
  }
  /** @param {Node} node */
  pick(node) {
    const detail = { path: node.path, kind: node.kind, sql: this.sql(node) };
    this.dispatchEvent(new CustomEvent("portal:pick", { bubbles: true, detail }));
  }
  /** @param {Event} event */
  at(event) {
    const key = closest(event, ".tree-row")?.dataset.key ?? "";
    return this.rows[this.index.get(key) ?? -1];
  }
  /** @param {MouseEvent} event */
  pressed(event) {
    if (event.button !== 0) return;
    // The rows are redrawn: focus belongs to the tree, not to a link in it.
    if (!closest(event, "[draggable]")) event.preventDefault();
    this.scroller.focus({ preventScroll: true });
  }
  /** @param {MouseEvent} event */
  clicked(event) {
    const row = this.at(event);
    // With a key held, a link is the browser's own.
    const held = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!row || event.button || (held && closest(event, "a"))) return;
    event.preventDefault();
    this.model.active = rowKey(row);
    const { node, says } = row;
    if (says === "error") this.model.load(node);
    else if (says) this.draw();
    else if (closest(event, "[data-pick]")) this.pick(node);
    else if (this.href !== undefined && !closest(event, "[data-twist]")) this.activate(node);
    else {
      if (node.path.length < this.depth) this.toggle(node);
      else this.draw();
      // The second of a double click: opened and closed again, and its name is taken. (Rows are drawn anew between the
      // two, so that no `dblclick` reaches one.)
      if (event.detail === 2 && this.href === undefined && !closest(event, "[data-twist]")) this.pick(node);
    }
  }
  /** @param {DragEvent} event */
  dragged(event) {
    const row = this.at(event);
    if (row && !row.says) event.dataTransfer?.setData("text/plain", this.sql(row.node));
  }
  /** @param {number} index */
  to(index) {
    const row = this.rows[Math.min(Math.max(index, 0), this.rows.length - 1)];
    const key = rowKey(row);
    this.model.active = key;
    this.show(key);
    this.drawRows();
  }
  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.rows.length) return;
    const at = this.index.get(this.model.active ?? "") ?? 0;
    const { node, level, says } = this.rows[at];
    const opens = !says && node.path.length < this.depth;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.height) - 1);
    /** @param {() => void} otherwise */
    const act = (otherwise) => {
      if (says === "error") this.model.load(node);
      else if (!says) otherwise();
    };
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => this.to(at + 1),
      ArrowUp: () => this.to(at - 1),
      PageDown: () => this.to(at + page),
      PageUp: () => this.to(at - page),
      Home: () => this.to(0),
      End: () => this.to(this.rows.length - 1),
      ArrowRight: () => {
        if (opens && !node.open) this.toggle(node, true);
        else if (opens && this.rows[at + 1]?.level > level) this.to(at + 1);
      },
      ArrowLeft: () => {
        if (opens && node.open) this.toggle(node, false);
        else this.to(this.rows.findLastIndex((row, index) => index < at && row.level < level));
      },
      Enter: () => act(() => this.activate(node)),
      " ": () => act(() => (opens ? this.toggle(node) : this.activate(node))),
    };
    if (keys[event.key]) keys[event.key]();
    else if (event.key.length === 1) this.jump(event.key, at);
    else return;
    event.preventDefault();
  }
  /**
   * Letters go to the next row that begins with them.
   *
   * @param {string} letter
   * @param {number} at
   */
  jump(letter, at) {
    const now = Date.now();
    const text = (now - this.letters.at < LETTERS ? this.letters.text : "") + letter.toLowerCase();
    this.letters = { text, at: now };
    const from = text.length > 1 ? at : at + 1;
    for (let step = 0; step < this.rows.length; step += 1) {
      const index = (from + step) % this.rows.length;
      const { node, says } = this.rows[index];
      if (!says && node.name.toLowerCase().startsWith(text)) {
        this.to(index);
        return;
      }
    }
  }

  // Searching

  typed() {
    this.model.text = this.input.value;
    this.search();
  }
  async find() {
    const text = this.input.value.trim();
    this.asked?.abort();
    if (text.replace(/[.`\s]/g, "").length < 2) {
      this.model.found = null;
      this.columns.hidden = true;
      this.hint.textContent = "";
      this.say(text ? "Type two letters or more" : "");
      this.draw();
      this.scroller.scrollTop = this.model.scroll;
      return;
    }
    this.asked = new AbortController();
    this.say("Searching…");
    const said = await this.model.search(text, this.asked.signal);
    if (said === null) return; // asked anew meanwhile
    this.say(said);
    this.hint.textContent = this.model.hint;
    // Names are looked for as one types; columns take a warehouse, and wait to be asked for.
    this.columns.hidden = text.includes(".");
    this.scroller.scrollTop = 0;
    this.draw();
  }
  async findColumns() {
    this.asked?.abort();
    this.asked = new AbortController();
    this.columns.hidden = true;
    this.hint.textContent = "Searching columns…";
    const said = await this.model.searchColumns(this.input.value.trim(), this.asked.signal);
    if (said === null) return; // asked anew meanwhile
    this.hint.textContent = said;
    this.draw();
  }
  /** @param {string} text */
  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
  /** @param {KeyboardEvent} event */
  searchKey(event) {
    if (event.key === "ArrowDown" && this.rows.length) {
      event.preventDefault();
      this.scroller.focus();
    } else if (event.key === "Escape" && this.input.value) {
      event.preventDefault();
      event.stopPropagation();
      this.input.value = "";
      this.typed();
    } else if (event.key === "Enter") {
      const first = this.model.found && this.rows.find((row) => !row.says && !(row.node.open && row.node.children));
      if (first) this.activate(first.node);
    }
  }
}
define("portal-tree", CatalogTree, "[data-tree]:not(#picture [data-tree])");
