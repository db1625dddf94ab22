// Drafts: what a viewer writes, kept in this browser under the viewer's own key. A reload loses nothing.
(function () {
  "use strict";
  const EMPTY = { name: "", sql: "", where: "", params: {}, limit: "1000", saved: null };
  let key = null; // of this viewer; null until the page has been drawn once
  let order = []; // ids of drafts
  let active = null;
  const kept = new Map();
  let timer = 0;

  const fresh = () => Math.random().toString(36).slice(2, 10);
  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  }
  function write(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
      return true;
    } catch {
      return false; // full or denied: the draft lives as long as the page
    }
  }

  function load(viewer) {
    const wanted = `portal-drafts:${viewer}`;
    if (wanted === key) return;
    key = wanted;
    kept.clear();
    const list = read(key) || {};
    order = [];
    for (const id of Array.isArray(list.order) ? list.order : []) {
      const draft = read(`${key}:${id}`);
      if (draft && typeof draft.sql === "string") {
        kept.set(id, { ...EMPTY, ...draft });
        order.push(id);
      }
    }
    if (!order.length) add({});
    active = order.includes(list.active) ? list.active : order[0];
  }

  function save() {
    clearTimeout(timer);
    timer = setTimeout(flush, 250);
  }
  function flush() {
    clearTimeout(timer);
    if (!key || !active) return;
    const whole = write(`${key}:${active}`, kept.get(active));
    write(key, { order, active });
    document.dispatchEvent(new CustomEvent("portal:draft-saved", { detail: { whole } }));
  }
  window.addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.hidden && flush());

  function add(values, select = true) {
    const id = fresh();
    kept.set(id, { ...EMPTY, params: {}, ...values });
    order.push(id);
    if (select) {
      flush();
      active = id;
    }
    flush();
    return id;
  }
  function remove(id) {
    if (!kept.has(id)) return;
    const at = order.indexOf(id);
    order.splice(at, 1);
    kept.delete(id);
    try {
      localStorage.removeItem(`${key}:${id}`);
    } catch {
      // then it stays behind, unlisted
    }
    if (!order.length) add({});
    if (id === active) active = order[Math.min(at, order.length - 1)];
    flush();
  }

  const title = (id) => {
    const draft = kept.get(id);
    return draft.name || draft.sql.trimStart().slice(0, 200).replace(/\s+/g, " ").trim().slice(0, 24) || "New";
  };

  window.portalDrafts = {
    load,
    add,
    remove,
    flush,
    title,
    get ids() {
      return order;
    },
    get active() {
      return active;
    },
    get current() {
      return kept.get(active) || EMPTY;
    },
    get: (id) => kept.get(id),
    change(values) {
      const draft = kept.get(active);
      if (draft) Object.assign(draft, values);
      save();
    },
    select(id) {
      if (!kept.has(id)) return;
      flush();
      active = id;
      flush();
    },
  };
})();
