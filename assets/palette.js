// The command palette and the list of shortcuts (portal/ui/palette.py): opening and closing, choosing by keys, and asking
// the server a moment after the last key. Bootstrap's modal keeps the focus inside, closes at Escape and gives it back.
(function () {
  "use strict";
  const PAUSE = 200; // ms after the last key
  const SHORTEST = 2;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const by = (id) => document.getElementById(id);
  const embedded = document.documentElement.dataset.embed === "true";
  if (/Mac|iPhone|iPad/.test(navigator.platform)) document.documentElement.classList.add("is-mac");

  let timer = 0;
  let active = null;
  let opener = null;

  const asked = () => by("palette-input")?.value.trim().replace(/\s+/g, " ") ?? "";
  const shown = () => [...document.querySelectorAll("#palette-list .palette-option")].filter((one) => !one.hidden);

  function open(id) {
    if (!document.querySelector("#react-entry-point .shell") || embedded) return;
    if (!document.querySelector(".modal.show")) opener = document.activeElement;
    if (id === "palette") {
      set("palette-input", { value: "" });
      set("palette-found", { children: null });
      set("palette-note", { children: "" });
    }
    set(id === "palette" ? "shortcuts" : "palette", { is_open: false });
    set(id, { is_open: true });
  }
  function close() {
    for (const id of ["palette", "shortcuts"]) set(id, { is_open: false });
  }

  function choose(option) {
    if (active !== option) active?.setAttribute("aria-selected", "false");
    active = option ?? null;
    const input = by("palette-input");
    if (!active) {
      input?.removeAttribute("aria-activedescendant");
      return;
    }
    shown().forEach((one, position) => (one.id = `palette-option-${position}`));
    active.setAttribute("aria-selected", "true");
    active.scrollIntoView({ block: "nearest" });
    input?.setAttribute("aria-activedescendant", active.id);
  }

  // Pages are chosen from here; of what the server found, all that answers this very text, else what still fits it.
  function narrow() {
    const input = by("palette-input");
    if (!input) return;
    const text = asked();
    const words = text.toLowerCase().split(" ").filter(Boolean);
    for (const group of document.querySelectorAll("#palette-list .palette-group")) {
      const answers = group.closest("[data-answers]")?.dataset.answers;
      let any = false;
      for (const option of group.querySelectorAll(".palette-option")) {
        const name = option.textContent.toLowerCase();
        option.hidden = answers === undefined || answers !== text ? !words.every((word) => name.includes(word)) : false;
        if (answers !== undefined && !words.length) option.hidden = true;
        any ||= !option.hidden;
      }
      group.hidden = !any;
    }
    const left = shown();
    by("palette-list").hidden = !left.length;
    input.setAttribute("aria-expanded", String(left.length > 0));
    if (!left.includes(active)) choose(left[0]);
  }

  function ask() {
    clearTimeout(timer);
    const text = asked();
    narrow();
    choose(shown()[0]);
    if (text.length < SHORTEST) {
      set("palette-note", { children: "" });
      return;
    }
    timer = setTimeout(() => {
      if (asked() !== text) return;
      set("palette-note", { children: "Searching…" });
      set("palette-ask", { data: text });
    }, PAUSE);
  }

  function go(option, elsewhere) {
    if (elsewhere) {
      window.open(option.href, "_blank", "noopener");
      return;
    }
    const href = option.getAttribute("href");
    opener = null; // the new page's heading has the focus then
    close();
    if (new URL(href, location.href).href === location.href) return;
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function typing(element) {
    return element instanceof Element && (element.isContentEditable || element.closest("input, textarea, select, .cm-editor"));
  }

  // Ahead of the editor's own keys.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing) return;
      const other = document.querySelector("dialog[open]");
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        if (embedded || other) return;
        event.preventDefault();
        event.stopPropagation();
        if (by("palette-input")) close();
        else open("palette");
      } else if (event.key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey) {
        if (typing(event.target) || other || document.querySelector(".modal.show")) return;
        event.preventDefault();
        open("shortcuts");
      } else if (event.target.id === "palette-input") {
        const all = shown();
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step && all.length) {
          event.preventDefault();
          choose(all[(all.indexOf(active) + step + all.length) % all.length]);
        } else if (event.key === "Enter" && active) {
          event.preventDefault();
          go(active, event.ctrlKey || event.metaKey);
        }
      }
    },
    true,
  );

  document.addEventListener("input", (event) => event.target.id === "palette-input" && ask());
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("[data-palette]");
    if (button) {
      if (button.dataset.palette === "close") close();
      else open(button.dataset.palette === "open" ? "palette" : "shortcuts");
    }
    const option = target?.closest(".palette-option");
    if (option && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(option);
    }
  });
  document.addEventListener("mousemove", (event) => {
    const option = event.target instanceof Element ? event.target.closest(".palette-option") : null;
    if (option && option !== active) choose(option);
  });

  // Drawn anew each time that it opens, and its results each time that something was found.
  let field = null;
  let there = false;
  new MutationObserver((changes) => {
    const input = by("palette-input");
    if (input && input !== field) {
      active = null;
      const attributes = { role: "combobox", "aria-controls": "palette-list", "aria-autocomplete": "list", spellcheck: "false" };
      for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
      input.focus();
      narrow();
    } else if (input && changes.some((change) => change.target instanceof Element && change.target.closest("#palette-found"))) {
      narrow();
    }
    field = input;
    const now = Boolean(input || by("shortcuts-title"));
    if (there && !now) setTimeout(() => document.activeElement === document.body && opener?.isConnected && opener.focus());
    there = now;
  }).observe(document.body, { childList: true, subtree: true });
})();
