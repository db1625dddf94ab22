// The shell: the folding navigation, the viewer menu, the theme switch, the current link, and focus after navigation.
(function () {
  "use strict";
  const root = document.documentElement;

  function panelOf(button) {
    return document.getElementById(button.getAttribute("aria-controls"));
  }

  function setOpen(button, open) {
    button.setAttribute("aria-expanded", String(open));
    if (button.dataset.toggleSide) root.classList.toggle("side-open", open);
    else {
      const panel = panelOf(button);
      if (panel) panel.hidden = !open;
    }
  }

  const isOpen = (button) => button.getAttribute("aria-expanded") === "true";
  const openers = () => document.querySelectorAll("[data-disclosure], [data-toggle-side]");

  function markTheme() {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.portalTheme.choice()));
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const pressed = target.closest("[data-disclosure], [data-toggle-side]");
    for (const button of openers()) {
      if (button === pressed) setOpen(button, !isOpen(button));
      else if (isOpen(button)) {
        const area = button.dataset.toggleSide ? document.getElementById("side") : panelOf(button);
        // A link inside closes the folded navigation; other controls inside leave it open.
        if (!area?.contains(target) || (target.closest("a") && button.dataset.toggleSide)) setOpen(button, false);
      }
    }
    const theme = target.closest("[data-theme-choice]");
    if (theme) {
      window.portalTheme.choose(theme.dataset.themeChoice);
      markTheme();
    }
    if (pressed?.dataset.disclosure) markTheme();
    const skip = target.closest(".skip-link");
    if (skip) {
      event.preventDefault();
      document.getElementById("main")?.focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const button of openers()) {
      if (isOpen(button)) {
        setOpen(button, false);
        button.focus();
        event.preventDefault();
      }
    }
  });

  // Dash changes the address without a load: mark the current link, and move focus to the new page's heading.
  let path = null;
  let left = null; // the heading of the page that was left
  function markCurrent() {
    for (const link of document.querySelectorAll(".nav-item-link")) {
      const own = new URL(link.href).pathname;
      const home = link.closest("li") === link.closest("ul").firstElementChild;
      const current = location.pathname === own || (!home && location.pathname.startsWith(`${own.replace(/\/$/, "")}/`));
      if (current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
  function moved() {
    if (path === location.pathname || !document.querySelector("#react-entry-point .nav-item-link")) return;
    const first = path === null;
    path = location.pathname;
    markCurrent();
    left = first ? null : document.querySelector("#_pages_content h1");
    if (first) return;
    window.dash_clientside.set_props("page-state", { children: null });
    focusHeading(performance.now() + 3000);
  }
  function focusHeading(until) {
    const heading = document.querySelector("#_pages_content h1");
    if (heading && heading !== left) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    } else if (performance.now() < until) requestAnimationFrame(() => focusHeading(until));
  }

  // The first picture goes in the same breath in which the renderer has put the real page in its place.
  function uncover() {
    const picture = document.getElementById("picture");
    if (!picture || !document.querySelector("#react-entry-point .shell")) return;
    picture.remove();
    watch.disconnect();
  }
  const watch = new MutationObserver(uncover);
  watch.observe(document.getElementById("react-entry-point"), { childList: true, subtree: true });

  new MutationObserver(moved).observe(document.documentElement, { childList: true, subtree: true });
  window.addEventListener("popstate", () => setTimeout(moved));
  document.addEventListener("portal:theme", markTheme);
})();

// Clientside callbacks of pages.
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const portal = (clientside.portal = clientside.portal || {});

  // Puts the values of fields into the address (?zip=10103), each under what follows its page's name in its id.
  portal.remember = function () {
    const asked = new URLSearchParams(location.search);
    for (const input of window.dash_clientside.callback_context.inputs_list) {
      const key = input.id.slice(input.id.indexOf("-") + 1);
      if (input.value === null || input.value === undefined || input.value === "") asked.delete(key);
      else asked.set(key, input.value);
    }
    const search = asked.size ? `?${asked}` : "";
    if (search !== location.search) history.replaceState(history.state, "", location.pathname + search + location.hash);
    return window.dash_clientside.no_update;
  };
})();
