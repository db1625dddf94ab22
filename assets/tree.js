// A tree of the catalog (portal.ui.tree), as it is drawn and as keys and pointers work it. Only the rows in view are in
// the document. Focus stays on the tree itself (aria-activedescendant), so that redrawing loses nothing.
(function () {
  "use strict";
  const AROUND = 10; // rows drawn above and below what is in view
  const TYPING = 220; // ms of rest before a search
  const LETTERS = 700; // ms within which letters make a word
  const ICONS = { catalog: "database", schema: "folder2", table: "table", view: "eye", function: "code-slash", column: "hash" };
  const SAYS = { loading: "Loading…", more: "Reading on…", empty: "Nothing here" };
  const { keyOf, sqlOf, model: modelOf } = window.portalTree;

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    made.append(...children.filter(Boolean));
    return made;
  }
  const icon = (name) => element("span", { class: `icon i-${name}`, "aria-hidden": "true" });

  class Tree {
    constructor(box) {
      this.box = box;
      this.id = box.id;
      this.href = box.dataset.treeHref;
      this.depth = Number(box.dataset.treeDepth);
      this.model = modelOf(box.id);
      this.model.tree = this;
      this.build();
      this.refresh();
    }
    build() {
      const label = this.box.dataset.tree;
      this.input = element("input", { type: "search", id: `${this.id}-search`, class: "form-control tree-search", placeholder: "Search names", autocomplete: "off", spellcheck: "false", "aria-controls": `${this.id}-tree` });
      this.said = element("p", { class: "tree-said", role: "status" });
      this.space = element("div", { class: "tree-space", role: "presentation" });
      this.scroller = element("div", { class: "tree", id: `${this.id}-tree`, role: "tree", tabindex: "0", "aria-label": label }, this.space);
      const name = element("label", { class: "visually-hidden", for: this.input.id }, `Search: ${label}`);
      this.box.replaceChildren(name, this.input, this.said, this.scroller);
      this.input.value = this.model.text;
      this.scroller.addEventListener("scroll", () => this.scrolled());
      this.scroller.addEventListener("keydown", (event) => this.key(event));
      this.scroller.addEventListener("mousedown", (event) => this.pressed(event));
      this.scroller.addEventListener("click", (event) => this.clicked(event));
      this.scroller.addEventListener("dragstart", (event) => this.dragged(event));
      this.input.addEventListener("input", () => this.typed());
      this.input.addEventListener("keydown", (event) => this.searchKey(event));
      new ResizeObserver(() => this.draw()).observe(this.scroller);
    }
    // What the page says: the catalogs, and what it shows.
    refresh() {
      const { treeRoots, treeCurrent } = this.box.dataset;
      this.model.roots = this.model.take(this.model.nodes, [], JSON.parse(treeRoots));
      this.depth = Number(this.box.dataset.treeDepth);
      this.draw();
      this.scroller.scrollTop = this.model.scroll;
      const path = JSON.parse(treeCurrent);
      if (keyOf(path) !== this.model.current || !path.length) this.reveal(path);
    }
    // Opens what is above a path, and brings it into view.
    async reveal(path) {
      const { model } = this;
      model.current = keyOf(path);
      for (let length = 1; length < path.length && length < this.depth; length += 1) {
        const node = model.nodes.get(keyOf(path.slice(0, length)));
        if (!node) break;
        node.open = true;
        if (!node.children) await model.load(node);
        if (model.current !== keyOf(path)) return; // another page by now
      }
      if (model.nodes.has(model.current)) model.active = model.current;
      this.draw();
      if (path.length && !model.found) this.show(model.current);
    }
    recheck() {
      const region = this.box.closest("[data-region]")?.dataset.region;
      if (region) window.dash_clientside.set_props({ part: "again", region }, { data: Date.now() });
    }

    // Drawing

    get height() {
      return parseFloat(getComputedStyle(this.scroller).getPropertyValue("--tree-row")) || 30;
    }
    scrolled() {
      this.model.scroll = this.scroller.scrollTop;
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.window());
    }
    draw() {
      if (!this.box.isConnected) return;
      this.rows = this.model.rows(this.depth);
      this.index = new Map(this.rows.map((row, index) => [row.says ? `${row.node.key}+` : row.node.key, index]));
      this.space.style.height = `${this.rows.length * this.height}px`;
      if (!this.index.has(this.model.active)) this.model.active = this.rows[0] ? this.rows[0].node.key : null;
      this.scroller.hidden = !this.rows.length;
      this.window();
    }
    window() {
      const height = this.height;
      const first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - AROUND);
      const last = Math.min(this.rows.length, Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / height) + AROUND);
      const drawn = [];
      let active = null;
      for (let index = first; index < last; index += 1) {
        const row = this.row(this.rows[index], index, index * height);
        if (row.dataset.key === this.model.active) active = row.id;
        drawn.push(row);
      }
      this.space.replaceChildren(...drawn);
      if (active) this.scroller.setAttribute("aria-activedescendant", active);
      else this.scroller.removeAttribute("aria-activedescendant");
      // The end of what has been read is in view: read on.
      for (const { node, says } of this.rows.slice(first, last)) if (says === "more") this.model.load(node);
    }
    row({ node, level, pos, size, says }, index, top) {
      const key = says ? `${node.key}+` : node.key;
      const row = element("div", { role: "treeitem", class: "tree-row", id: `${this.id}-row-${index}`, "data-key": key, "aria-level": level, "aria-posinset": pos, "aria-setsize": size });
      row.style.top = `${top}px`;
      row.style.setProperty("--tree-level", level);
      if (key === this.model.active) row.classList.add("is-active");
      if (says) {
        const text = SAYS[says] || node.error;
        row.classList.add(`says-${says}`);
        row.append(element("span", { class: "tree-twist" }), element("span", { class: "tree-name" }, text));
        if (says === "error") row.append(element("span", { class: "tree-act", "data-retry-node": "1" }, "Try again"));
        return row;
      }
      const opens = node.path.length < this.depth;
      if (opens) row.setAttribute("aria-expanded", String(node.open));
      const current = key === this.model.current;
      row.setAttribute("aria-selected", String(current));
      if (current) row.setAttribute("aria-current", "page");
      const twist = element("span", { class: "tree-twist", "data-twist": opens ? "1" : null }, opens && icon(node.open ? "chevron-down" : "chevron-right"));
      const name = element("bdi", {}, node.name);
      const href = this.href !== undefined && `${this.href}/${node.path.map(encodeURIComponent).join("/")}`;
      const link = href ? element("a", { href, tabindex: "-1", class: "tree-name", title: node.name }, name) : element("span", { class: "tree-name", title: node.name, draggable: "true" }, name);
      const lock = node.browse && element("span", { class: "tree-lock", title: "You may browse it, not read it" }, icon("lock"), element("span", { class: "visually-hidden" }, "browse only"));
      const note = node.note && element("span", { class: "tree-note" }, node.note);
      const insert = !href && element("span", { class: "tree-act", "data-pick": "1", title: "Insert its name", "aria-hidden": "true" }, icon("plus-lg"));
      row.append(twist, icon(ICONS[node.kind] || "table"), link, lock || "", note || "", insert || "");
      return row;
    }
    show(key) {
      const index = this.index?.get(key);
      if (index === undefined) return;
      const height = this.height;
      const { scrollTop, clientHeight } = this.scroller;
      const top = index * height;
      if (top < scrollTop) this.scroller.scrollTop = top;
      else if (top + height > scrollTop + clientHeight) this.scroller.scrollTop = top + height - clientHeight;
      this.window();
    }

    // Acting

    toggle(node, open = !node.open) {
      if (this.model.open(node, open)) this.model.load(node);
      else this.draw();
    }
    activate(node) {
      const opens = node.path.length < this.depth;
      if (this.href === undefined) {
        this.pick(node);
        return;
      }
      if (opens && !node.open) this.toggle(node, true);
      history.pushState({}, "", `${this.href}/${node.path.map(encodeURIComponent).join("/")}`);
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      window.dispatchEvent(new CustomEvent("_dashprivate_historychange"));
    }
    sql(node) {
      return sqlOf(node.kind === "column" ? node.path.slice(-1) : node.path);
    }
    pick(node) {
      this.box.dispatchEvent(new CustomEvent("portal:pick", { bubbles: true, detail: { path: node.path, kind: node.kind, sql: this.sql(node) } }));
    }
    at(event) {
      const row = event.target instanceof Element && event.target.closest(".tree-row");
      return row ? { ...this.rows[this.index.get(row.dataset.key)], key: row.dataset.key } : null;
    }
    pressed(event) {
      // The rows are redrawn: focus belongs to the tree, not to a link in it.
      if (event.button === 0 && !event.target.closest("[draggable]")) event.preventDefault();
      if (event.button === 0) this.scroller.focus({ preventScroll: true });
    }
    clicked(event) {
      const row = this.at(event);
      // With a key held, a link is the browser's own.
      if (!row || event.button || ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest("a"))) return;
      event.preventDefault();
      this.model.active = row.key;
      if (row.says) {
        if (row.says === "error") this.model.load(row.node);
        else this.draw();
      } else if (event.target.closest("[data-pick]")) this.pick(row.node);
      else if (event.target.closest("[data-twist]") || this.href === undefined) {
        if (row.node.path.length < this.depth) this.toggle(row.node);
        else this.draw();
        // The second of a double click: opened and closed again, and its name is taken. (Rows are drawn anew between the
        // two, so that no `dblclick` reaches one.)
        if (event.detail === 2 && this.href === undefined && !event.target.closest("[data-twist]")) this.pick(row.node);
      } else this.activate(row.node);
    }
    dragged(event) {
      const row = this.at(event);
      if (row && !row.says) event.dataTransfer.setData("text/plain", this.sql(row.node));
    }
    key(event) {
      if (event.ctrlKey || event.altKey || event.metaKey || !this.rows.length) return;
      const at = this.index.get(this.model.active) ?? 0;
      const { node, level, says } = this.rows[at];
      const opens = !says && node.path.length < this.depth;
      const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.height) - 1);
      const go = (index) => {
        const row = this.rows[Math.min(Math.max(index, 0), this.rows.length - 1)];
        this.model.active = row.says ? `${row.node.key}+` : row.node.key;
        this.show(this.model.active);
        this.window();
      };
      const keys = {
        ArrowDown: () => go(at + 1),
        ArrowUp: () => go(at - 1),
        PageDown: () => go(at + page),
        PageUp: () => go(at - page),
        Home: () => go(0),
        End: () => go(this.rows.length - 1),
        ArrowRight: () => opens && (node.open ? this.rows[at + 1]?.level > level && go(at + 1) : this.toggle(node, true)),
        ArrowLeft: () => {
          if (opens && node.open) this.toggle(node, false);
          else go(this.rows.findLastIndex((row, index) => index < at && row.level < level));
        },
        Enter: () => (says === "error" ? this.model.load(node) : !says && this.activate(node)),
        " ": () => (says === "error" ? this.model.load(node) : opens ? this.toggle(node) : !says && this.activate(node)),
      };
      if (keys[event.key]) keys[event.key]();
      else if (event.key.length === 1) this.jump(event.key, at, go);
      else return;
      event.preventDefault();
    }
    // Letters go to the next row that begins with them.
    jump(letter, at, go) {
      const now = Date.now();
      this.letters = now - (this.lettersAt || 0) < LETTERS ? this.letters + letter.toLowerCase() : letter.toLowerCase();
      this.lettersAt = now;
      const from = this.letters.length > 1 ? at : at + 1;
      for (let step = 0; step < this.rows.length; step += 1) {
        const index = (from + step) % this.rows.length;
        const row = this.rows[index];
        if (!row.says && row.node.name.toLowerCase().startsWith(this.letters)) return go(index);
      }
    }

    // Searching

    typed() {
      this.model.text = this.input.value;
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.search(), TYPING);
    }
    async search() {
      const text = this.input.value.trim();
      this.asked?.abort();
      if (text.replace(/[.`\s]/g, "").length < 2) {
        this.model.found = null;
        this.say(text ? "Type two letters or more" : "");
        this.draw();
        this.scroller.scrollTop = this.model.scroll;
        return;
      }
      const asked = (this.asked = new AbortController());
      this.say("Searching…");
      const said = await this.model.search(text, asked.signal);
      if (said === null) return; // asked anew meanwhile
      this.say(said);
      this.scroller.scrollTop = 0;
      this.draw();
    }
    say(text) {
      if (this.said.textContent !== text) this.said.textContent = text;
    }
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

  // Trees appear, and learn of another page, as Dash draws.
  const mounted = new WeakMap();
  let due = false;
  function mount() {
    for (const box of document.querySelectorAll("[data-tree]")) {
      if (box.closest("#picture")) continue;
      const said = box.dataset.treeRoots + box.dataset.treeCurrent;
      const known = mounted.get(box);
      if (!known) mounted.set(box, { tree: new Tree(box), said });
      else if (known.said !== said || !box.firstChild) {
        if (!box.firstChild) known.tree.build();
        known.said = said;
        known.tree.refresh();
      }
    }
  }
  new MutationObserver(() => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      mount();
    });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-tree-current", "data-tree-roots"] });
})();
