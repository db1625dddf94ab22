// What a tree of the catalog knows (assets/tree.js draws it): what is below each thing, what is open, what was found.
// Kept by the tree's id while pages change.
(function () {
  "use strict";
  const FRESH = 120000; // ms for which what is below a thing is not asked for again
  const MOST_LOCAL = 100;
  const SIGN_IN = new Set(["sign-in-connect", "sign-in-databricks", "session-ended"]);

  const models = new Map(); // by tree id
  const keyOf = (path) => JSON.stringify(path);
  const sqlOf = (path) => path.map((name) => (/^[a-z_]\w*$/i.test(name) ? name : `\`${name.replaceAll("`", "``")}\``)).join(".");

  class Model {
    constructor() {
      this.nodes = new Map(); // by key
      this.roots = []; // keys
      this.found = null; // a search's answer: nodes and roots of its own
      this.text = ""; // what is searched for
      this.active = null; // key of the row that keys act on
      this.current = null; // key of what the page shows
      this.scroll = 0;
      this.tree = null; // what draws it
    }
    node(nodes, path, [name, kind, note = "", browse = false]) {
      const key = keyOf(path);
      let node = nodes.get(key);
      if (!node) nodes.set(key, (node = { key, path, nodes, open: false, children: null, following: null, loading: false, error: null, at: 0 }));
      return Object.assign(node, { name, kind, note, browse });
    }
    take(nodes, above, items) {
      return items.map((item) => this.node(nodes, [...above, item[0]], item).key);
    }

    // The rows from top to bottom: {node, level, pos, size}; with `says` the last one below a thing that is being read,
    // leads on, could not be read or has nothing below it.
    rows(depth) {
      const rows = [];
      const { nodes, roots } = this.found || this;
      const walk = (keys, level) => {
        keys.forEach((key, index) => {
          const node = nodes.get(key);
          rows.push({ node, level, pos: index + 1, size: keys.length });
          if (!node.open || node.path.length >= depth) return;
          if (node.children) walk(node.children, level + 1);
          const size = node.children?.length ?? 0;
          const says = node.error ? "error" : node.loading || !node.children ? "loading" : node.following ? "more" : size ? null : "empty";
          if (says) rows.push({ node, level: level + 1, pos: size + 1, size: size + 1, says });
        });
      };
      walk(roots, 1);
      return rows;
    }

    // Opens or closes a thing; true where what is below it has to be read.
    open(node, open) {
      node.open = open;
      const stale = Date.now() - node.at > FRESH;
      if (stale) node.following = null;
      return open && (!node.children || Boolean(node.error) || stale);
    }

    // Reads what is below a thing, or the next page of it.
    async load(node) {
      if (node.loading) return;
      const more = Boolean(node.following && node.children);
      node.loading = true;
      node.error = null;
      this.tree?.draw();
      try {
        const found = await window.portalPost("catalog/tree", { path: node.path, following: more ? node.following : null });
        const keys = this.take(node.nodes, node.path, found.items);
        const known = new Set(more ? node.children : []);
        node.children = more ? [...node.children, ...keys.filter((key) => !known.has(key))] : keys;
        node.following = found.following;
        node.at = Date.now();
      } catch (error) {
        node.error = error.message;
        if (SIGN_IN.has(error.kind)) this.tree?.recheck();
      }
      node.loading = false;
      this.tree?.draw();
    }

    // Asks for what matches; the answer becomes a small tree, open where a match is below. Returns what to say of it.
    async search(text, signal) {
      try {
        const { paths, note } = await window.portalPost("catalog/search", { text }, signal);
        const count = this.matches(paths, text);
        return [count ? `${count} ${count === 1 ? "match" : "matches"}` : "Nothing matches", note].filter(Boolean).join(". ");
      } catch (error) {
        if (error.name === "AbortError") return null;
        if (SIGN_IN.has(error.kind)) this.tree?.recheck();
        return error.message;
      }
    }
    matches(paths, text) {
      const found = { nodes: new Map(), roots: [] };
      // The search knows what may be read; of what may only be browsed, this page knows what it has read.
      const have = new Set(paths.map(([, ...path]) => keyOf(path)));
      const wanted = text.replaceAll("`", "").trim().toLowerCase();
      const fits = (node) => node.browse && node.name.toLowerCase().includes(wanted) && !have.has(node.key);
      const local = [...this.nodes.values()].filter(fits).slice(0, MOST_LOCAL);
      const every = [...paths, ...local.map((node) => [node.kind, ...node.path])];
      for (const [kind, ...path] of every) {
        let above = null;
        path.forEach((name, index) => {
          const own = path.slice(0, index + 1);
          const known = this.nodes.get(keyOf(own));
          const is = index === path.length - 1 ? kind : ["catalog", "schema"][index];
          const node = found.nodes.get(keyOf(own)) || this.node(found.nodes, own, [name, is, known?.note, known?.browse]);
          if (above) Object.assign(above, { open: true, at: Infinity, children: above.children || [] });
          const list = above ? above.children : found.roots;
          if (!list.includes(node.key)) list.push(node.key);
          above = node;
        });
      }
      this.found = found;
      return every.length;
    }
  }

  window.portalTree = {
    keyOf,
    sqlOf,
    model(id) {
      if (!models.has(id)) models.set(id, new Model());
      return models.get(id);
    },
  };
})();
