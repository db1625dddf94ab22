// The line beside Run: where the statement that shows stands, for how long, and how many rows; and the results' tabs.
(function () {
  "use strict";
  const by = (id) => document.getElementById(id);

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
  function seconds(value, exact = false) {
    if (exact && value < 1) return `${Math.max(1, Math.round(value * 1000))} ms`;
    if (value < 10) return `${value.toFixed(1)} s`;
    if (value < 60) return `${Math.floor(value)} s`;
    return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  }
  // The words are announced as they change; the clock beside them is not.
  function line() {
    const page = window.portalWarehouse;
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
      busy = Boolean(page.running(state));
      if (page.stopping.has(state.id) && busy) words = "Canceling";
      else if (state.state === "PENDING" && state.warehouseState) words = `Warehouse ${state.warehouseState.toLowerCase()}`;
      if (busy && state.started) clock = seconds((Date.now() - state.started) / 1000);
      else if (state.seconds !== undefined && state.seconds !== null) clock = seconds(state.seconds, true);
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
    if (cancel) cancel.disabled = !page.running(state) || page.stopping.has(state.id);
  }

  function titleOf(region) {
    const page = window.portalWarehouse;
    const { sql, title } = page.states.get(region) ?? {};
    const words = (sql || title || page.states.get(region)?.state || region).replace(/\s+/g, " ").trim();
    return words.length > 32 ? `${words.slice(0, 31)}…` : words;
  }
  function tabs() {
    const page = window.portalWarehouse;
    const bar = by("warehouse-tabs");
    if (!bar) return;
    const regions = page.panels().map((panel) => panel.dataset.panel);
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
      const state = page.states.get(region)?.state;
      if (state && state !== "SUCCEEDED") tab.setAttribute("aria-label", `${tab.textContent}: ${WORDS[state] ?? state}`);
      return tab;
    });
    const focused = bar.contains(document.activeElement);
    bar.replaceChildren(...drawn);
    if (focused) bar.querySelector("[aria-selected=true]")?.focus();
  }

  document.addEventListener("click", (event) => {
    const tab = event.target instanceof Element ? event.target.closest(".result-tab") : null;
    if (tab) window.portalWarehouse.show(tab.dataset.region);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target instanceof Element ? event.target.closest(".result-tab") : null;
    if (!tab) return;
    const all = [...tab.parentElement.children];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step && all[(all.indexOf(tab) + step + all.length) % all.length];
    if (!next) return;
    event.preventDefault();
    window.portalWarehouse.show(next.dataset.region);
    by("warehouse-tabs").querySelector("[aria-selected=true]")?.focus();
  });

  window.portalRunLine = { line, tabs };
})();
