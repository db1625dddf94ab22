// The warehouse page in the browser: what to run, where each statement stands, which result shows, and the address.
//
// Dash draws panels (one a statement) and answers where a statement stands; this decides when to ask, with back-off,
// never while the page is hidden, and again when an answer stays out or the network returns.
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const warehouse = (clientside.warehouse = clientside.warehouse || {});
  const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELED", "CLOSED", "REFUSED", "USED"]);
  const FIRST_WAIT = 250;
  const LONGEST_WAIT = 3000;
  const LOST_AFTER = 20000; // an answer that stays out so long is asked for again
  const CONTEXTS = 50;
  const CONTEXT_TEXT = 500000; // characters of their SQL
  const CONTEXT_KEY = "portal-statements";

  const page = (window.portalWarehouse = {
    states: new Map(), // by region, in the order of the panels
    shown: null,
    everything: false, // whether the last Run was of all statements
    asking: 0, // when Run was pressed and nothing has come back yet
    stopping: new Set(),
    polls: new Map(), // by region: {wait, timer, sentAt}
  });

  const by = (id) => document.getElementById(id);
  const here = () => by("warehouse-panels");
  // What passes by itself does not end the following of a statement: it goes on running in Databricks.
  const PASSING = new Set(["unreachable", "busy", "failed", "warehouse-starting"]);
  const running = (state) => state && !ENDED.has(state.state) && (!state.trouble || PASSING.has(state.trouble));
  const line = () => window.portalRunLine.line();
  const set = (id, props) => clientside.set_props(id, props);

  Object.assign(page, { running, panels });

  // What this browser knows of its statements beyond what Databricks says: when they began and how long they took.
  function contexts() {
    try {
      return JSON.parse(localStorage.getItem(CONTEXT_KEY)) || {};
    } catch {
      return {};
    }
  }
  function remember(id, more) {
    const all = contexts();
    all[id] = { ...all[id], ...more };
    const newest = Object.entries(all).sort((a, b) => (b[1].started || 0) - (a[1].started || 0)).slice(0, CONTEXTS);
    // Drafts live in the same few megabytes, and come first.
    let room = CONTEXT_TEXT;
    for (const [, known] of newest) if ((room -= known.sql?.length ?? 0) < 0) delete known.sql;
    try {
      localStorage.setItem(CONTEXT_KEY, JSON.stringify(Object.fromEntries(newest)));
    } catch {
      // storage is full or denied: elapsed times then start anew
    }
  }
  page.context = (id) => contexts()[id] || {};
  page.remember = remember;

  // Running

  function panels() {
    return [...(here()?.children ?? [])].filter((panel) => panel.dataset.panel);
  }
  page.run = function (everything) {
    const button = by("warehouse-run");
    if (!button || button.disabled || !window.portalEditor?.ready()) return;
    const ended = [];
    panels().forEach((panel, index) => {
      if (!running(page.states.get(panel.dataset.panel))) ended.push(index);
    });
    page.asking = Date.now();
    page.everything = everything;
    window.portalEditor.mark([]);
    window.portalEditor.say("");
    const chosen = window.portalEditor.chosen();
    set("page-state", { children: null });
    set("warehouse-ask", {
      data: { ...chosen, all: Boolean(everything), ended, limit: by("warehouse-limit").value, n: Date.now() },
    });
    window.portalLink.update();
    line();
  };
  page.cancel = function () {
    const state = page.states.get(page.shown);
    if (!running(state) || page.stopping.has(state.id)) return;
    page.stopping.add(state.id);
    set("warehouse-stop", { data: { id: state.id, n: Date.now() } });
    poll(state.id, FIRST_WAIT);
    line();
  };

  // Following

  function ask(region) {
    const known = page.polls.get(region) || {};
    known.sentAt = Date.now();
    known.timer = null;
    page.polls.set(region, known);
    set({ part: "again", region }, { data: Date.now() });
  }
  function poll(region, wait) {
    const known = page.polls.get(region) || { since: Date.now() };
    clearTimeout(known.timer);
    known.wait = wait;
    known.sentAt = 0;
    known.timer = setTimeout(() => (document.hidden ? (known.due = true) : ask(region)), wait);
    page.polls.set(region, known);
  }
  // The longer it has been followed the later: an end is seen within a sixth of the time that the statement took.
  const later = (region) => Math.min(Math.max(FIRST_WAIT, (Date.now() - (page.polls.get(region)?.since ?? 0)) / 6), LONGEST_WAIT);
  function awake() {
    if (document.hidden) return;
    for (const [region, known] of page.polls) {
      if (known.due) {
        known.due = false;
        ask(region);
      }
    }
  }
  document.addEventListener("visibilitychange", awake);
  window.addEventListener("online", () => {
    for (const [region, known] of page.polls) if (known.sentAt || known.due) ask(region);
  });

  // Called by Dash with the state of every panel, whenever one of them changes.
  warehouse.follow = function (states) {
    const shownBefore = page.states;
    page.states = new Map();
    let fresh = null;
    const inputs = clientside.callback_context.inputs_list[0];
    states.forEach((state, index) => {
      const region = inputs[index].id.region;
      const known = { ...page.context(state.id), ...state };
      page.states.set(region, known);
      const before = shownBefore.get(region);
      if (!before) fresh ??= region;
      // What the picker says is then of before it stopped.
      if (!before && state.stopped) window.portalPicker.look();
      if (before === undefined && state.started && state.id === region) remember(region, pick(state));
      if (running(known) && (!before || before.request !== state.request)) {
        const last = page.polls.get(region)?.wait;
        const hurry = page.stopping.has(state.id) || !last;
        // A panel from the address asks by itself when it appears; its first answer comes with a request id.
        if (state.trouble) poll(region, 2 * LONGEST_WAIT);
        else if (state.state) poll(region, hurry ? FIRST_WAIT : later(region));
      }
      if (!running(known)) {
        clearTimeout(page.polls.get(region)?.timer);
        page.polls.delete(region);
        page.stopping.delete(state.id);
        if (known.seconds === undefined && known.started && running(before)) known.seconds = (Date.now() - known.started) / 1000;
        if (ENDED.has(state.state) && known.seconds !== undefined && state.id === region) remember(region, { seconds: known.seconds });
      }
    });
    for (const region of page.polls.keys()) {
      if (!page.states.has(region)) {
        clearTimeout(page.polls.get(region).timer);
        page.polls.delete(region);
      }
    }
    if (fresh) page.asking = 0;
    for (const [region, state] of page.states) {
      if (state.state === "USED" && !shownBefore.has(region)) {
        window.portalEditor.setWhere([state.catalog, state.schema].filter(Boolean));
      }
    }
    for (const [region, state] of page.states) if (state.state && !region.startsWith("none-") && !state.trouble && !state.started) learn(region);
    marks();
    if (fresh || !page.states.has(page.shown)) page.shown = fresh ?? [...page.states.keys()][0] ?? null;
    address();
    requestAnimationFrame(show);
    document.dispatchEvent(new CustomEvent("portal:statements"));
    return clientside.no_update;
  };
  function pick({ started, sql, catalog, schema, warehouse: where, params, limit }) {
    return { started, sql, catalog, schema, warehouse: where, params, limit };
  }

  // A statement of another browser, or another tool: when it began, how long it took and its text, as Databricks knows.
  const learned = new Set();
  async function learn(region) {
    if (learned.has(region)) return;
    learned.add(region);
    const found = await window.portalPost(`results/${region}/past`, {}).catch(() => null);
    if (!found?.started) return; // the history lags behind
    const { started, seconds, sql } = found;
    // With parameters, whose values nobody knows here, the text alone does not run again.
    const known = { started, title: sql, ...(seconds === null ? {} : { seconds }), ...(window.portalSql.markers(sql).length ? {} : { sql }) };
    remember(region, known);
    const state = page.states.get(region);
    if (state) page.states.set(region, { ...known, ...state });
    const drafts = window.portalDrafts;
    if (!drafts.current.sql.trim() && window.portalEditor.ready()) {
      drafts.change({ sql });
      window.portalEditor.show();
    }
    show();
  }

  // Errors in the editor, while its text is what ran.
  function marks() {
    const text = window.portalEditor?.ready() ? window.portalEditor.text() : null;
    const found = [];
    for (const state of page.states.values()) {
      const { error } = state;
      if (error?.line && text !== null && state.sql && text.startsWith(state.sql, state.start)) found.push(error);
    }
    if (text !== null && page.states.size) window.portalEditor.mark(found);
  }

  // Showing

  function show() {
    for (const panel of panels()) panel.hidden = panel.dataset.panel !== page.shown;
    window.portalRunLine.tabs();
    line();
  }
  page.show = function (region) {
    page.shown = region;
    show();
  };

  setInterval(() => {
    if (!here() || document.hidden) return;
    // The button is disabled while Dash waits for the answer; one that brought no panel (a state was drawn) ends it too.
    if (by("warehouse-run").disabled) page.handedOn = Date.now();
    else if (page.asking && page.handedOn > page.asking && Date.now() - page.handedOn > 1500) page.asking = 0;
    line();
    window.portalPicker.draw();
    for (const [region, known] of page.polls) {
      if (known.sentAt && Date.now() - known.sentAt > LOST_AFTER) ask(region);
    }
  }, 100);

  // The address names the statements, so that a reload, another tab or another person's look finds them.
  function address() {
    const asked = new URLSearchParams(location.search);
    asked.delete("statement");
    for (const { id } of page.states.values()) if (id && !id.startsWith("none-")) asked.append("statement", id);
    const search = asked.size ? `?${asked}` : "";
    if (search !== location.search) history.replaceState(history.state, "", location.pathname + search + location.hash);
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const pressed = target?.closest("[data-warehouse]");
    if (pressed?.dataset.warehouse === "run") page.run(false);
    if (pressed?.dataset.warehouse === "run-all") page.run(true);
    if (pressed?.dataset.warehouse === "cancel") page.cancel();
    if (pressed?.dataset.warehouse.startsWith("start")) window.portalPicker.start(pressed);
  });
})();
