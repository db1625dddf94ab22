// Regions and their states: "Try again", countdowns, and the recheck after a sign-in in another tab.
(function () {
  "use strict";
  let awaited = false; // a sign-in was opened in another tab

  function again(region) {
    if (region === "page") {
      location.reload();
      return;
    }
    const kick = (id) => window.dash_clientside.set_props({ part: "again", region: id }, { data: Date.now() });
    kick(region);
    // Words of headings and menus have no state to press a button in: what is missing comes along.
    for (const word of document.querySelectorAll("[data-word]")) {
      if (word.textContent === word.dataset.word) kick(word.id);
    }
  }

  // "Refresh": a time below zero asks for everything anew, whatever the portal keeps (portal/ui/states.py).
  function refresh() {
    for (const region of document.querySelectorAll("#main section[data-region]")) {
      const id = { part: "again", region: region.dataset.region };
      window.dash_clientside.set_props(id, { data: -Date.now() });
    }
  }

  // What the layout has drawn already (`again` is -1) is not asked for on the page's first call: the portal would answer
  // that there is nothing to do, and home alone would send four such questions on each visit.
  const send = window.fetch;
  window.fetch = function (address, options) {
    return drawn(address, options) ? Promise.resolve(new Response(null, { status: 204 })) : send.apply(this, arguments);
  };
  function drawn(address, options) {
    if (typeof options?.body !== "string" || !String(address).includes("_dash-update-component")) return false;
    const { changedPropIds, inputs = [] } = JSON.parse(options.body);
    return !changedPropIds?.length && inputs.some(({ id, value }) => value === -1 && id?.part === "again");
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-refresh]")) refresh();
    const retry = target?.closest("[data-retry]");
    if (retry) again(retry.dataset.retry);
    if (target?.closest("[data-reload]")) location.reload();
    const session = target?.closest("[data-end-session], [data-continue-session]");
    if (session) change(session.closest("button") || session.querySelector("button"), session.dataset.endSession || session.dataset.continueSession);
    if (target?.closest("[data-recheck]")) awaited = true;
  });

  // Ending or continuing a session: then the page loads anew, so that nothing of before stays on it.
  async function change(button, url) {
    button.disabled = true;
    try {
      const answer = await fetch(url, { method: "POST", credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      location.reload();
    } catch {
      button.disabled = false;
      button.textContent = "That did not work; try again";
    }
  }

  // One sign-in mends every region that asked for it. The server remembers "sign in needed" for some seconds, so one
  // look at the moment of return could come too early: it is repeated a few times.
  let looks = [];
  function look() {
    const waiting = new Set([...document.querySelectorAll("[data-recheck]")].map((link) => link.dataset.recheck));
    if (!waiting.size) awaited = false;
    if (awaited && document.visibilityState === "visible") waiting.forEach(again);
  }
  function recheck() {
    if (!awaited || document.visibilityState !== "visible") return;
    looks.forEach(clearTimeout);
    looks = [0, 2500, 5500, 9000].map((delay) => setTimeout(look, delay));
  }
  window.addEventListener("focus", recheck);
  document.addEventListener("visibilitychange", recheck);

  // Countdowns. The text is not announced every second: only the state itself is a live region.
  const due = new WeakMap();
  setInterval(() => {
    for (const state of document.querySelectorAll("[data-retry-after]")) {
      if (!due.has(state)) due.set(state, Date.now() + Number(state.dataset.retryAfter) * 1000);
      const left = Math.ceil((due.get(state) - Date.now()) / 1000);
      const shown = state.querySelector(".state-countdown");
      if (left > 0) {
        if (shown) {
          shown.setAttribute("aria-hidden", "true");
          shown.textContent = `Next in ${left} s.`;
        }
      } else if (document.visibilityState === "visible" && !state.dataset.retried) {
        state.dataset.retried = "1";
        if (shown) shown.textContent = "Trying…";
        const button = state.querySelector("[data-retry]");
        if (button) again(button.dataset.retry);
      }
    }
  }, 500);
})();
