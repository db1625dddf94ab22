// Where SQL is written: the surface (CodeMirror where its bundle is there, a plain text area where it is not), and what is
// done with its text: format, save, keep as a draft, mark errors.
(function () {
  "use strict";
  const by = (id) => document.getElementById(id);
  let surface = null; // of `assets/surface.js`
  let markers = [];

  function changed(text) {
    window.portalDrafts.change({ sql: text });
    window.portalDraftTabs.draw();
    marks();
  }
  let due = 0;
  function marks() {
    clearTimeout(due);
    due = setTimeout(() => {
      markers = window.portalSql.markers(surface.text());
      window.portalParameters.draw(markers);
    }, 120);
  }

  function show() {
    const draft = window.portalDrafts.current;
    surface.set(draft.sql);
    by("warehouse-where").value = draft.where;
    by("warehouse-limit").value = draft.limit || "1000";
    window.portalDraftTabs.draw();
    marks();
    document.dispatchEvent(new CustomEvent("portal:draft"));
  }

  async function format() {
    const before = surface.text();
    try {
      const found = await window.portalPost("sql/format", { sql: before });
      if (surface.text() === before && found.sql.trimEnd() !== before.trimEnd()) surface.replace(found.sql.trimEnd());
      surface.mark([]);
      say("");
    } catch (error) {
      say(error.message);
      if (error.line) surface.mark([{ line: error.line, column: error.position, message: error.message }]);
    }
  }
  function say(text) {
    const note = by("warehouse-note");
    if (note) note.textContent = text;
  }

  // The catalog beside the editor: open where there is room, unless the viewer closed it.
  function tree(open) {
    by("warehouse-editor").closest(".warehouse").classList.toggle("has-tree", open);
    document.querySelector("[data-editor=catalog]")?.setAttribute("aria-pressed", String(open));
    try {
      localStorage.setItem("portal-tree", open ? "open" : "closed");
    } catch {
      // not kept
    }
  }
  function treeAtFirst() {
    let kept = null;
    try {
      kept = localStorage.getItem("portal-tree");
    } catch {
      // not kept
    }
    const open = window.innerWidth >= 1400 ? kept !== "closed" : kept === "open" && window.innerWidth >= 1200;
    by("warehouse-editor").closest(".warehouse").classList.toggle("has-tree", open);
    document.querySelector("[data-editor=catalog]")?.setAttribute("aria-pressed", String(open));
  }
  document.addEventListener("portal:pick", (event) => {
    if (!event.target.closest?.(".warehouse")) return;
    surface.insert(event.detail.sql);
  });

  // Save under a name, in the workspace; saving again changes what this draft was saved as.
  function saveQuery() {
    const drafts = window.portalDrafts;
    const draft = drafts.current;
    if (!draft.sql.trim()) {
      say("There is nothing to save yet.");
      return;
    }
    const place = by("warehouse-note");
    const field = Object.assign(document.createElement("input"), { className: "form-control form-control-sm", value: draft.saved?.name || draft.name || "", placeholder: "Name of the query", maxLength: 200 });
    field.setAttribute("aria-label", "Name of the query");
    const keep = Object.assign(document.createElement("button"), { type: "submit", className: "btn btn-sm btn-primary", textContent: draft.saved ? "Save changes" : "Save" });
    const stop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: "Do not save" });
    const form = Object.assign(document.createElement("form"), { className: "filter-form" });
    form.append(field, keep, stop);
    stop.addEventListener("click", () => say(""));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const name = field.value.trim();
      if (!name) return field.focus();
      keep.disabled = true;
      const where = window.portalEditor.where();
      try {
        const found = await window.portalPost("sql/save", { name, sql: draft.sql, id: draft.saved?.id ?? null, warehouse: by("warehouse-choice")?.value || null, catalog: where.length > 1 ? where[0] : null, schema: where.at(-1) ?? null });
        drafts.change({ name: found.name, saved: { id: found.id, name: found.name } });
        window.portalDraftTabs.draw();
        say(`Saved as “${found.name}”. It shows in Databricks too, and under Queries.`);
      } catch (error) {
        keep.disabled = false;
        say(`Not saved. ${error.message}`);
      }
    });
    place.replaceChildren(form);
    field.select();
    field.focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const drafts = window.portalDrafts;
    const tab = target?.closest("[data-draft]");
    if (tab && tab.dataset.draft !== drafts.active) {
      drafts.select(tab.dataset.draft);
      show();
    }
    const close = target?.closest("[data-draft-close]");
    if (close) window.portalDraftTabs.close(close.dataset.draftClose);
    const act = target?.closest("[data-editor]")?.dataset.editor;
    if (act === "new") {
      drafts.add({ where: drafts.current.where, limit: drafts.current.limit });
      show();
      surface.focus();
    }
    if (act === "format") format();
    if (act === "search") surface.search?.();
    if (act === "catalog") tree(!by("warehouse-editor").closest(".warehouse").classList.contains("has-tree"));
    if (act === "save") saveQuery();
  });
  const actions = { changed, format };

  function mount() {
    const place = by("warehouse-editor");
    if (!place || place.dataset.mounted) return;
    place.dataset.mounted = "1";
    const where = Object.assign(document.createElement("input"), {
      id: "warehouse-where",
      className: "form-control form-control-sm",
      placeholder: "catalog.schema",
      autocomplete: "off",
      spellcheck: false,
    });
    by("warehouse-where-box").replaceChildren(where);
    window.portalDrafts.load(place.dataset.viewer);
    const bundle = place.dataset.bundle;
    surface = window.portalSurface.plain(place, actions);
    treeAtFirst();
    window.portalLink.open();
    show();
    by("warehouse-where").addEventListener("input", (event) => window.portalDrafts.change({ where: event.target.value.trim() }));
    by("warehouse-limit").addEventListener("change", (event) => window.portalDrafts.change({ limit: event.target.value }));
    // The grid's scripts come while nothing else does, and are there when the first result is.
    (window.requestIdleCallback ?? setTimeout)(() => window.portalBundles.grid());
    if (!bundle) return;
    window.portalBundles.load(bundle).then(
      () => {
        if (!place.isConnected) return;
        const chosen = surface.chosen();
        const had = document.activeElement === surface.node;
        const text = surface.text();
        place.replaceChildren();
        surface = window.portalSurface.code(place, actions);
        surface.set(text);
        if (had) surface.focus();
        void chosen;
      },
      () => {}, // the text area stays
    );
  }
  new MutationObserver(mount).observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("portal:draft-saved", (event) => {
    if (!event.detail.whole) say("This browser has no room to keep the draft: it is lost on reload.");
  });

  window.portalEditor = {
    ready: () => Boolean(surface?.node.isConnected),
    text: () => surface.text(),
    show,
    insert: (text) => surface.insert(text),
    mark: (errors) => surface?.mark(errors),
    say,
    where: () => window.portalSql.names(by("warehouse-where")?.value || ""),
    setWhere(path) {
      by("warehouse-where").value = path.map(window.portalSql.quote).join(".");
      window.portalDrafts.change({ where: by("warehouse-where").value });
    },
    // What Run sends: the text, the selection, where names are looked up, and the parameters' values.
    chosen() {
      const where = this.where();
      window.portalDrafts.flush();
      return {
        sql: surface.text(),
        ...surface.chosen(),
        catalog: where.length > 1 ? where[0] : null,
        schema: where.at(-1) ?? null,
        warehouse: by("warehouse-choice")?.value || null,
        params: window.portalParameters.values(),
      };
    },
  };
})();
