// Regions that look again by themselves (portal.ui.live): each after its own seconds, longer while nothing changes, and
// never while the tab is hidden. On return to the tab, what is due is asked for at once.
(function () {
  "use strict";
  const waits = new Map(); // region -> {mark, wait, since, element}

  function visible() {
    return document.visibilityState === "visible";
  }

  function check() {
    const seen = new Set();
    for (const element of document.querySelectorAll("[data-live]")) {
      const { live: region, liveIn, liveMark, liveSlowest } = element.dataset;
      seen.add(region);
      const first = Number(liveIn);
      let state = waits.get(region);
      if (!state) waits.set(region, (state = { mark: liveMark, first, wait: first, since: Date.now() }));
      if (state.mark !== liveMark || state.first !== first) {
        Object.assign(state, { mark: liveMark, first, wait: first });
      }
      if (!visible() || Date.now() - state.since < state.wait * 1000) continue;
      state.since = Date.now();
      state.wait = Math.min(state.wait * 1.25, Math.max(first, Number(liveSlowest)));
      window.dash_clientside.set_props({ part: "tick", region }, { data: Date.now() });
    }
    for (const region of waits.keys()) if (!seen.has(region)) waits.delete(region);
  }
  setInterval(check, 250);
  document.addEventListener("visibilitychange", () => visible() && check());
})();
