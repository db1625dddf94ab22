// The warehouse that statements go to: chosen, remembered, its state, and started when the viewer says so.
(function () {
  "use strict";
  const by = (id) => document.getElementById(id);
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  // The warehouse: the link's, the last one that was chosen, or the portal's; its state, and a way to start it.
  const CHOICE_KEY = "portal-warehouse";
  const STARTS = { STOPPED: "Stopped", STARTING: "Starting", STOPPING: "Stopping", RUNNING: "Running", DELETED: "Deleted" };
  let lookedAt = 0;
  function draw() {
    const page = window.portalWarehouse;
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
        draw();
      });
    }
    const state = choice.selectedOptions[0]?.dataset.state || "";
    const shown = by("warehouse-choice-state");
    const text = STARTS[state] || state;
    if (shown.textContent !== text) shown.textContent = text;
    shown.dataset.state = state;
    by("warehouse-start").hidden = state !== "STOPPED";
    // A statement of ours may have woken it, and starting takes a while: look again until it runs.
    const moving = state === "STARTING" || (state === "STOPPED" && [...page.states.values()].some(page.running));
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
  // By the button beside the choice, or by "Start it and run" where a statement was not run.
  function start(button) {
    button.hidden = true;
    window.portalWarehouse.runOnceAwake = button.dataset.warehouse === "start-and-run";
    set("warehouse-starting", { data: { start: by("warehouse-choice").value, n: Date.now() } });
  }

  // Drawn anew, it has the first one chosen: put right before anyone sees it, or runs there.
  new MutationObserver(() => document.querySelector("#warehouse-choice:not([data-set])") && draw()).observe(document.documentElement, { childList: true, subtree: true });

  window.portalPicker = { draw, look, start };
})();
