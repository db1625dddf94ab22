// The pages of jobs: what is shown is in the address. Controls with `data-set` (JSON: parameter -> value, "" takes it
// away) change it on a click; fields inside `data-param` as one types or chooses. The page's view store follows.
(function () {
  "use strict";
  const TYPING = 250;

  function store() {
    const holder = document.querySelector("[data-view]");
    return holder && holder.dataset.view;
  }

  function query() {
    return Object.fromEntries(new URLSearchParams(location.search));
  }

  function show() {
    const id = store();
    if (id) window.dash_clientside.set_props(id, { data: query() });
    mark();
  }

  function change(changes, typed) {
    const asked = new URLSearchParams(location.search);
    // Another question begins on its first page.
    if (!("page" in changes)) asked.delete("page");
    for (const [name, value] of Object.entries(changes)) {
      if (value === "") asked.delete(name);
      else asked.set(name, value);
    }
    const search = asked.size ? `?${asked}` : "";
    if (search === location.search) return;
    const where = location.pathname + search;
    if (typed) history.replaceState(history.state, "", where);
    else history.pushState(history.state, "", where);
    if (changes.task) sought = changes.task;
    show();
  }

  // A chosen task's details are below: bring them into view once they are there.
  let sought = null;
  function reach() {
    const details = sought && document.querySelector(`[data-task="${CSS.escape(sought)}"]`);
    if (!details) return;
    sought = null;
    details.scrollIntoView({ block: "start" });
    details.querySelector("h2")?.focus({ preventScroll: true });
  }

  // Pressed buttons, chosen options and the search box follow the address.
  function mark() {
    if (!store()) return;
    const asked = query();
    for (const button of document.querySelectorAll("[data-set][aria-pressed]")) {
      const pressed = Object.entries(JSON.parse(button.dataset.set)).every(([k, v]) => (asked[k] ?? "") === v);
      if (button.getAttribute("aria-pressed") !== String(pressed)) button.setAttribute("aria-pressed", String(pressed));
    }
    for (const holder of document.querySelectorAll("[data-param]")) {
      const select = holder.querySelector("select");
      const value = asked[holder.dataset.param] ?? "";
      if (select && select.value !== value && select !== document.activeElement) select.value = value;
      const input = holder.querySelector("input");
      if (input && input !== document.activeElement && input.value !== value) input.value = value;
    }
  }

  document.addEventListener("click", (event) => {
    const control = event.target instanceof Element && event.target.closest("[data-set]");
    if (!control || control.disabled) return;
    if (control.localName === "a") {
      // A link as well: it opens in another tab as any link does.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
    }
    change(JSON.parse(control.dataset.set), false);
  });
  let typing = null;
  document.addEventListener("input", (event) => {
    const holder = event.target instanceof HTMLInputElement && event.target.closest("[data-param]");
    if (!holder) return;
    clearTimeout(typing);
    const value = event.target.value.trim();
    typing = setTimeout(() => change({ [holder.dataset.param]: value }, true), TYPING);
  });
  document.addEventListener("change", (event) => {
    const holder = event.target instanceof HTMLSelectElement && event.target.closest("[data-param]");
    if (holder) change({ [holder.dataset.param]: event.target.value }, false);
  });
  window.addEventListener("popstate", () => setTimeout(show));
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      mark();
      reach();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
