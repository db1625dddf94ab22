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
  const set = (id, props) => clientside.set_props(id, props);

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
    try {
      localStorage.setItem(CONTEXT_KEY, JSON.stringify(Object.fromEntries(newest)));
    } catch {
      // storage is full or denied: elapsed times then start anew
    }
  }
  page.context = (id) => contexts()[id] || {};
  page.remember = remember;

  // The warehouse: the link's, the last one that was chosen, or the portal's; its state, and a way to start it.
  const CHOICE_KEY = "portal-warehouse";
  const STARTS = { STOPPED: "Stopped", STARTING: "Starting", STOPPING: "Stopping", RUNNING: "Running", DELETED: "Deleted" };
  let lookedAt = 0;
  function picker() {
    const choice = by("warehouse-choice");
    if (!choice || !choice.options[0]?.value) return;
    if (!choice.dataset.set) {
      choice.dataset.set = "1";
      const has = (id) => id && [...choice.options].some((option) => option.value === id);
      let last = null;
      try {
        last = localStorage.getItem(CHOICE_KEY);
      } catch {
        // not kept
      }
      const own = [...choice.options].find((option) => option.dataset.default)?.value;
      choice.value = [page.wanted, last, own].find(has) ?? choice.options[0].value;
      choice.addEventListener("change", () => {
        try {
          localStorage.setItem(CHOICE_KEY, choice.value);
        } catch {
          // not kept
        }
        picker();
      });
    }
    const state = choice.selectedOptions[0]?.dataset.state || "";
    const shown = by("warehouse-choice-state");
    const text = STARTS[state] || state;
    if (shown.textContent !== text) shown.textContent = text;
    shown.dataset.state = state;
    by("warehouse-start").hidden = state !== "STOPPED";
    // A statement of ours may have woken it, and starting takes a while: look again until it runs.
    const moving = state === "STARTING" || (state === "STOPPED" && [...page.states.values()].some(running));
    if (moving && !document.hidden && Date.now() - lookedAt > 4000) look();
    // "Start it and run": what is submitted now waits in Databricks until the warehouse is there.
    if (page.runOnceAwake && ["STARTING", "RUNNING"].includes(state)) {
      page.runOnceAwake = false;
      page.run(page.everything);
    }
  }
  function look() {
    lookedAt = Date.now();
    set("warehouse-starting", { data: { n: lookedAt } });
  }

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
    const known = page.polls.get(region) || {};
    clearTimeout(known.timer);
    known.wait = wait;
    known.sentAt = 0;
    known.timer = setTimeout(() => (document.hidden ? (known.due = true) : ask(region)), wait);
    page.polls.set(region, known);
  }
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
      if (!before && state.stopped) look();
      if (before === undefined && state.started && state.id === region) remember(region, pick(state));
      if (running(known) && (!before || before.request !== state.request)) {
        const last = page.polls.get(region)?.wait;
        const hurry = page.stopping.has(state.id) || !last;
        // A panel from the address asks by itself when it appears; its first answer comes with a request id.
        if (state.trouble) poll(region, 2 * LONGEST_WAIT);
        else if (state.state) poll(region, hurry ? FIRST_WAIT : Math.min(last * 1.5, LONGEST_WAIT));
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
    tabs();
    line();
  }
  page.show = function (region) {
    page.shown = region;
    show();
  };

  function titleOf(region) {
    const sql = page.states.get(region)?.sql;
    const words = (sql || page.states.get(region)?.state || region).replace(/\s+/g, " ").trim();
    return words.length > 32 ? `${words.slice(0, 31)}…` : words;
  }
  function tabs() {
    const bar = by("warehouse-tabs");
    if (!bar) return;
    const regions = panels().map((panel) => panel.dataset.panel);
    bar.hidden = regions.length < 2;
    if (bar.hidden) {
      bar.replaceChildren();
      return;
    }
    bar.setAttribute("role", "tablist");
    bar.setAttribute("aria-label", "Results");
    const drawn = regions.map((region, index) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = "result-tab";
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(region === page.shown));
      tab.tabIndex = region === page.shown ? 0 : -1;
      tab.dataset.region = region;
      tab.dataset.state = page.states.get(region)?.state || "";
      tab.textContent = `${index + 1}  ${titleOf(region)}`;
      return tab;
    });
    const focused = bar.contains(document.activeElement);
    bar.replaceChildren(...drawn);
    if (focused) bar.querySelector("[aria-selected=true]")?.focus();
  }

  const WORDS = {
    PENDING: "Pending",
    RUNNING: "Running",
    SUCCEEDED: "Succeeded",
    FAILED: "Failed",
    CANCELED: "Canceled",
    CLOSED: "Expired",
    REFUSED: "Not run",
    USED: "Done",
    UNKNOWN: "Not known",
  };
  const count = new Intl.NumberFormat("en");
  function seconds(value) {
    if (value < 10) return `${value.toFixed(1)} s`;
    if (value < 60) return `${Math.floor(value)} s`;
    return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  }
  // The words are announced as they change; the clock beside them is not.
  function line() {
    const box = by("warehouse-status");
    if (!box) return;
    const state = page.states.get(page.shown);
    let words = "Ready";
    let clock = "";
    let busy = false;
    if (page.asking) {
      [words, clock, busy] = ["Submitting", seconds((Date.now() - page.asking) / 1000), true];
    } else if (state) {
      words = WORDS[state.state] || (state.state ? state.state : "Looking it up");
      busy = Boolean(running(state));
      if (page.stopping.has(state.id) && busy) words = "Canceling";
      else if (state.state === "PENDING" && state.warehouseState) words = `Warehouse ${state.warehouseState.toLowerCase()}`;
      if (busy && state.started) clock = seconds((Date.now() - state.started) / 1000);
      else if (state.seconds !== undefined && state.seconds !== null) clock = seconds(state.seconds);
    }
    let rows = "";
    if (!page.asking && state?.state === "SUCCEEDED" && state.rows !== undefined) {
      rows = `${count.format(state.rows)} ${state.rows === 1 ? "row" : "rows"}`;
      if (state.truncated) rows = `first ${rows}; there are more`;
    }
    const tone = busy ? "busy" : { SUCCEEDED: "good", FAILED: "bad", REFUSED: "bad" }[state?.state] || "idle";
    if (!box.firstChild) {
      for (const name of ["word", "clock", "rows"]) {
        const span = document.createElement("span");
        span.className = `run-${name}`;
        if (name === "clock") span.setAttribute("aria-hidden", "true");
        box.append(span, " "); // the space parts the words for whoever reads or copies them
      }
    }
    box.dataset.tone = tone;
    [words, clock, rows].forEach((text, index) => {
      const span = box.children[index];
      if (span.textContent !== text) span.textContent = text;
    });
    const cancel = by("warehouse-cancel");
    if (cancel) cancel.disabled = !running(state) || page.stopping.has(state.id);
  }
  setInterval(() => {
    if (!here() || document.hidden) return;
    // The button is disabled while Dash waits for the answer; one that brought no panel (a state was drawn) ends it too.
    if (by("warehouse-run").disabled) page.handedOn = Date.now();
    else if (page.asking && page.handedOn > page.asking && Date.now() - page.handedOn > 1500) page.asking = 0;
    line();
    picker();
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
    if (pressed?.dataset.warehouse.startsWith("start")) {
      pressed.hidden = true;
      page.runOnceAwake = pressed.dataset.warehouse === "start-and-run";
      set("warehouse-starting", { data: { start: by("warehouse-choice").value, n: Date.now() } });
    }
    const tab = target?.closest(".result-tab");
    if (tab) page.show(tab.dataset.region);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target instanceof Element ? event.target.closest(".result-tab") : null;
    if (!tab) return;
    const all = [...tab.parentElement.children];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step && all[(all.indexOf(tab) + step + all.length) % all.length];
    if (!next) return;
    event.preventDefault();
    page.show(next.dataset.region);
    by("warehouse-tabs").querySelector("[aria-selected=true]")?.focus();
  });
})();
