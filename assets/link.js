// The page's link: SQL, parameters and the current schema in the fragment, which no server sees. Opening it runs nothing.
(function () {
  "use strict";
  let opened = false;
  const MOST = 6000; // characters of a fragment kept in the address as one works; a copied link may be longer
  const LONGEST = 30000; // beyond that mail, chat and browsers cut a link

  // "" where there is no SQL; null where it is too long for a link.
  function fragment() {
    const draft = window.portalDrafts.current;
    if (draft.sql.length > LONGEST) return null;
    const found = new URLSearchParams();
    if (draft.sql.trim()) found.set("sql", draft.sql);
    if (draft.where) found.set("schema", draft.where);
    if (draft.limit && draft.limit !== "1000") found.set("rows", draft.limit);
    const warehouse = document.getElementById("warehouse-choice")?.value;
    if (warehouse) found.set("warehouse", warehouse);
    const names = window.portalSql.markers(draft.sql);
    for (const name of names) {
      const given = draft.params?.[name];
      if (given) found.set(`p.${name}`, `${given.type}:${given.value}`);
    }
    for (const [key, value] of Object.entries(window.portalView?.() || {})) found.set(key, value);
    const text = found.has("sql") ? `#${found}` : "";
    return text.length <= LONGEST ? text : null;
  }

  window.portalLink = {
    // Take what the address carries into a draft of its own; what was being written stays.
    open() {
      const asked = new URLSearchParams(location.hash.slice(1));
      const sql = asked.get("sql");
      if (sql === null) {
        opened = true;
        return;
      }
      const params = {};
      for (const [key, text] of asked) {
        if (!key.startsWith("p.")) continue;
        const colon = text.indexOf(":");
        params[key.slice(2)] = { type: text.slice(0, colon), value: text.slice(colon + 1) };
      }
      const values = { sql, params, where: asked.get("schema") || "", limit: asked.get("rows") || "1000" };
      const drafts = window.portalDrafts;
      // On a reload the draft has it, and may have gone on since.
      const reload = !opened && performance.getEntriesByType("navigation")[0]?.type === "reload";
      opened = true;
      if (reload && drafts.current.sql.trim()) return;
      const known = drafts.ids.find((id) => drafts.get(id).sql === sql);
      const empty = drafts.ids.find((id) => !drafts.get(id).sql.trim());
      if (known ?? empty) {
        drafts.select(known ?? empty);
        drafts.change(values);
      } else drafts.add(values);
      const warehouse = asked.get("warehouse");
      if (warehouse) window.portalWarehouse.wanted = warehouse;
      window.portalWarehouse.view = Object.fromEntries([...asked].filter(([key]) => key.startsWith("chart")));
    },
    // Keep the address in step with what was run.
    update() {
      if (!document.getElementById("warehouse-editor")) return;
      const hash = fragment();
      const address = location.pathname + location.search + (hash !== null && hash.length <= MOST ? hash : "");
      if (address !== location.pathname + location.search + location.hash) history.replaceState(history.state, "", address);
    },
    async copy() {
      const hash = fragment();
      if (hash === null) {
        const long = window.portalDrafts.current.sql.length.toLocaleString("en");
        window.portalEditor.say(`Too long to be shared as a link: it carries about ${LONGEST.toLocaleString("en")} characters, and this text has ${long}. Save the query, and share its link from Queries.`);
        return;
      }
      const link = location.origin + location.pathname + hash;
      try {
        await navigator.clipboard.writeText(link);
        window.portalEditor.say("Link copied. Whoever opens it sees the SQL, and runs it as themselves.");
      } catch {
        window.portalEditor.say("This browser does not let the page copy. The address has the link.");
        this.update();
      }
    },
  };
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-editor=link]")) window.portalLink.copy();
  });
  // A link that is opened in this very tab.
  window.addEventListener("hashchange", () => {
    if (!document.getElementById("warehouse-editor") || !new URLSearchParams(location.hash.slice(1)).has("sql")) return;
    window.portalLink.open();
    window.portalEditor.show();
  });
})();
