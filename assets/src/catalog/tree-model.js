// What a tree of the catalog knows (tree.js draws it): what is below each thing, what is open, what was found. Kept by the
// tree's id while pages change.
import { isAbort, isSignIn, post, wordsOf } from "../http.js";
import { counted } from "../text.js";
import { quote } from "../warehouse/sqltext.js";

/**
 * @typedef {{
 *   key: string, path: string[], nodes: Nodes, name: string, kind: string, note: string, browse: boolean,
 *   open: boolean, children: string[] | null, following: string | null, loading: boolean, error: string | null,
 *   at: number,
 * }} Node a thing; `browse`: it may be seen and not read; `following`: what the next page is asked for by; `at`: read when
 */
/** @typedef {Map<string, Node>} Nodes by key */
/** @typedef {{node: Node, level: number, pos: number, size: number, says?: Says}} Row */
/** @typedef {"loading" | "more" | "empty" | "error"} Says */
/** @typedef {[name: string, kind: string, note?: string, browse?: boolean]} Item as the portal answers */

const FRESH = 120000; // ms for which what is below a thing is not asked for again
const MOST_LOCAL = 100;
const ABOVE = ["catalog", "schema"];

/** @param {string[]} path */
export const keyOf = (path) => JSON.stringify(path);
/** @param {string[]} path */
export const sqlOf = (path) => path.map(quote).join(".");

/**
 * What the row below a thing says, after what has been read.
 *
 * @param {Node} node
 * @returns {Says | undefined}
 */
function says(node) {
  if (node.error) return "error";
  if (node.loading || !node.children) return "loading";
  if (node.following) return "more";
  return node.children.length ? undefined : "empty";
}

/**
 * A thing among others, made where it is new, with what is now known of it.
 *
 * @param {Nodes} nodes
 * @param {string[]} path
 * @param {Item} item
 */
function put(nodes, path, [name, kind, note = "", browse = false]) {
  const key = keyOf(path);
  /** @type {Node} */
  const node = nodes.get(key) ?? {
    ...{ key, path, nodes, name, kind, note, browse },
    ...{ open: false, children: null, following: null, loading: false, error: null, at: 0 },
  };
  nodes.set(key, node);
  return Object.assign(node, { name, kind, note, browse });
}

export class Model {
  /** @type {Nodes} */
  nodes = new Map();
  /** @type {string[]} keys */
  roots = [];
  /** @type {{nodes: Nodes, roots: string[]} | null} a search's answer */
  found = null;
  /** What is searched for. */
  text = "";
  /** What the search cannot know. */
  hint = "";
  /** @type {string | null} key of the row that keys act on */
  active = null;
  /** @type {string | null} key of what the page shows */
  current = null;
  scroll = 0;
  /** @type {{draw(): void, recheck(): void} | null} what draws it */
  tree = null;

  /**
   * Items below a path; their keys.
   *
   * @param {Nodes} nodes
   * @param {string[]} above
   * @param {Item[]} items
   */
  take(nodes, above, items) {
    return items.map((item) => put(nodes, [...above, item[0]], item).key);
  }

  /**
   * The rows from top to bottom; with `says` the last one below a thing that is being read, leads on, could not be read
   * or has nothing below it.
   *
   * @param {number} depth
   * @returns {Row[]}
   */
  rows(depth) {
    /** @type {Row[]} */
    const rows = [];
    const { nodes, roots } = this.found ?? this;
    /**
     * @param {string[]} keys
     * @param {number} level
     */
    const walk = (keys, level) => {
      keys.forEach((key, index) => {
        const node = /** @type {Node} */ (nodes.get(key));
        rows.push({ node, level, pos: index + 1, size: keys.length });
        // Columns that were found stand below their tables, also where a table does not open.
        if (!node.open || (node.path.length >= depth && !(this.found && node.children))) return;
        if (node.children) walk(node.children, level + 1);
        const size = (node.children?.length ?? 0) + 1;
        const said = says(node);
        if (said) rows.push({ node, level: level + 1, pos: size, size, says: said });
      });
    };
    walk(roots, 1);
    return rows;
  }

  /**
   * Opens or closes a thing; true where what is below it has to be read.
   *
   * @param {Node} node
   * @param {boolean} open
   */
  open(node, open) {
    node.open = open;
    const stale = Date.now() - node.at > FRESH;
    if (stale) node.following = null;
    return open && (!node.children || Boolean(node.error) || stale);
  }

  /**
   * Reads what is below a thing, or the next page of it.
   *
   * @param {Node} node
   */
  async load(node) {
    if (node.loading) return;
    const before = node.following ? node.children : null;
    node.loading = true;
    node.error = null;
    this.tree?.draw();
    try {
      const found = await post("catalog/tree", { path: node.path, following: before ? node.following : null });
      const keys = this.take(node.nodes, node.path, found.items);
      node.children = [...new Set([...(before ?? []), ...keys])];
      node.following = found.following;
      node.at = Date.now();
    } catch (error) {
      node.error = wordsOf(error);
      if (isSignIn(error)) this.tree?.recheck();
    }
    node.loading = false;
    this.tree?.draw();
  }

  /**
   * Asks for what matches; the answer becomes a small tree, open where a match is below.
   *
   * @param {string} text
   * @param {AbortSignal} signal
   * @returns {Promise<string | null>} what to say of it; null where it was broken off
   */
  async search(text, signal) {
    try {
      const { paths, note, hint } = await post("catalog/search", { text }, signal);
      this.hint = hint;
      const many = this.matches(paths, text);
      return [many ? counted(many, "match", "matches") : "Nothing matches", note].filter(Boolean).join(". ");
    } catch (error) {
      if (isAbort(error)) return null;
      if (isSignIn(error)) this.tree?.recheck();
      return wordsOf(error);
    }
  }

  /**
   * Asks for columns whose names hold the text; they come below their tables, beside what was found.
   *
   * @param {string} text
   * @param {AbortSignal} signal
   * @returns {Promise<string | null>} what to say of it; null where it was broken off
   */
  async searchColumns(text, signal) {
    try {
      const { columns, note } = await post("catalog/columns", { text }, signal);
      for (const [catalog, schema, table, name, type] of columns) this.#column([catalog, schema, table], name, type);
      const said = columns.length ? counted(columns.length, "column") : note ? "" : "No column is called so";
      return [said, note].filter(Boolean).join(". ");
    } catch (error) {
      if (isAbort(error)) return null;
      if (isSignIn(error)) this.tree?.recheck();
      return wordsOf(error);
    }
  }

  /**
   * @param {string[]} table
   * @param {string} name
   * @param {string} type
   */
  #column(table, name, type) {
    this.found ??= { nodes: new Map(), roots: [] };
    const { nodes, roots } = this.found;
    let list = roots;
    const path = [...table, name];
    path.forEach((_, index) => {
      const own = path.slice(0, index + 1);
      const known = this.nodes.get(keyOf(own));
      const kind = [...ABOVE, known?.kind ?? "table", "column"][index];
      const node =
        nodes.get(keyOf(own)) ?? put(nodes, own, [path[index], kind, index === 3 ? type : "", known?.browse]);
      if (!list.includes(node.key)) list.push(node.key);
      if (index === 3) return;
      node.children ??= [];
      Object.assign(node, { open: true, at: Number.POSITIVE_INFINITY });
      list = node.children;
    });
  }

  /**
   * Of what may only be browsed, this page knows what it has read; the search knows what may be read.
   *
   * @param {string} text
   * @param {Set<string>} have
   */
  #browsed(text, have) {
    const wanted = text.replaceAll("`", "").trim().toLowerCase();
    /** @param {Node} node */
    const fits = (node) => node.browse && node.name.toLowerCase().includes(wanted) && !have.has(node.key);
    return [...this.nodes.values()].filter(fits).slice(0, MOST_LOCAL);
  }

  /**
   * @param {[kind: string, ...path: string[]][]} paths
   * @param {string} text
   * @returns {number} how many
   */
  matches(paths, text) {
    const found = { nodes: /** @type {Nodes} */ (new Map()), roots: /** @type {string[]} */ ([]) };
    const have = new Set(paths.map(([, ...path]) => keyOf(path)));
    const local = this.#browsed(text, have).map((node) => [node.kind, ...node.path]);
    const every = [...paths, ...local];
    for (const [kind, ...path] of every) {
      let list = found.roots;
      path.forEach((name, index) => {
        const own = path.slice(0, index + 1);
        const last = index === path.length - 1;
        const known = this.nodes.get(keyOf(own));
        const is = last ? kind : ABOVE[index];
        const node = found.nodes.get(keyOf(own)) ?? put(found.nodes, own, [name, is, known?.note, known?.browse]);
        if (!list.includes(node.key)) list.push(node.key);
        if (last) return;
        node.children ??= [];
        Object.assign(node, { open: true, at: Number.POSITIVE_INFINITY });
        list = node.children;
      });
    }
    this.found = found;
    return every.length;
  }
}

/** @type {Map<string, Model>} by a tree's id */
const models = new Map();

/** @param {string} id */
export function modelOf(id) {
  const model = models.get(id) ?? new Model();
  models.set(id, model);
  return model;
}
