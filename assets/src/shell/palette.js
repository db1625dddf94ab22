// The command palette and the list of shortcuts (portal/ui/palette.py): opening and closing, choosing by keys, and asking
// the server a moment after the last key. Bootstrap's modal keeps the focus inside, closes at Escape and gives it back.
import { setProps } from "../dash.js";
import { all, by, closest } from "../dom.js";
import { neighbour } from "../keys.js";
import { go as visit } from "../navigate.js";
import { debounce, whenChanged } from "../timing.js";

const PAUSE = 200; // ms after the last key
const SHORTEST = 2;
const MOST = 10; // further requests for what had not answered in time: it has 3 s in each
const embedded = document.documentElement.dataset.embed === "true";
if (/Mac|iPhone|iPad/.test(navigator.platform)) document.documentElement.classList.add("is-mac");

/** @type {HTMLElement | null} */
let active = null;
let chosen = ""; // the active one's address
/** @type {Element | null} has the focus again afterwards */
let opener = null;
let nth = 0; // request for the same text

const field = () => /** @type {HTMLInputElement | null} */ (by("palette-input"));
const asked = () => field()?.value.trim().replace(/\s+/g, " ") ?? "";
const shown = () => all("#palette-list .palette-option").filter((one) => !one.hidden);

/** @param {"palette" | "shortcuts"} id */
function open(id) {
  if (!document.querySelector("#react-entry-point .shell") || embedded) return;
  if (!document.querySelector(".modal.show")) opener = document.activeElement;
  if (id === "palette") {
    setProps("palette-input", { value: "" });
    setProps("palette-found", { children: null });
    setProps("palette-note", { children: "" });
    setProps("palette-hint", { children: "" });
  }
  setProps(id === "palette" ? "shortcuts" : "palette", { is_open: false });
  setProps(id, { is_open: true });
}
function close() {
  for (const id of ["palette", "shortcuts"]) setProps(id, { is_open: false });
}

/** @param {HTMLElement | undefined} option */
function choose(option) {
  if (active !== option) active?.setAttribute("aria-selected", "false");
  active = option ?? null;
  chosen = active?.getAttribute("href") ?? "";
  const input = field();
  if (!active) {
    input?.removeAttribute("aria-activedescendant");
    return;
  }
  shown().forEach((one, position) => {
    one.id = `palette-option-${position}`;
  });
  active.setAttribute("aria-selected", "true");
  active.scrollIntoView({ block: "nearest" });
  input?.setAttribute("aria-activedescendant", active.id);
}

// Pages are chosen from here; of what the server found, all that answers this very text, else what still fits it.
function narrow() {
  const input = field();
  if (!input) return;
  const text = asked();
  const words = text.toLowerCase().split(" ").filter(Boolean);
  for (const group of all("#palette-list .palette-group")) {
    const answers = group.closest("[data-answers]")?.getAttribute("data-answers");
    let any = false;
    for (const option of all(".palette-option", group)) {
      const name = option.textContent.toLowerCase();
      const fits = answers === text || words.every((word) => name.includes(word));
      option.hidden = !fits || (typeof answers === "string" && !words.length);
      any ||= !option.hidden;
    }
    group.hidden = !any;
  }
  const left = shown();
  const list = by("palette-list");
  if (list) list.hidden = !left.length;
  input.setAttribute("aria-expanded", String(left.length > 0));
  // A later answer may draw another row in the active one's place.
  if (!active || !left.includes(active) || active.getAttribute("href") !== chosen)
    choose(left.find((one) => one.getAttribute("href") === chosen) ?? left[0]);
}

const search = debounce((/** @type {string} */ text) => {
  if (asked() !== text) return;
  setProps("palette-note", { children: "Searching…" });
  nth = 0;
  setProps("palette-ask", { data: { text, nth } });
}, PAUSE);

// What had not answered in time is asked for once more: its read goes on meanwhile.
function askAgain() {
  const answer = document.querySelector("#palette-found > [data-late]");
  if (answer?.getAttribute("data-late") !== String(nth) || nth >= MOST) return;
  const text = asked();
  if (answer.getAttribute("data-answers") !== text) return;
  nth += 1;
  setProps("palette-ask", { data: { text, nth } });
}

function ask() {
  search.cancel();
  const text = asked();
  narrow();
  choose(shown()[0]);
  setProps("palette-hint", { children: "" });
  if (text.length < SHORTEST) setProps("palette-note", { children: "" });
  else search(text);
}

/**
 * @param {HTMLElement} option a link
 * @param {boolean} [elsewhere] in another tab
 */
function go(option, elsewhere) {
  const href = option.getAttribute("href") ?? "";
  const whole = new URL(href, location.href).href;
  if (elsewhere) {
    window.open(whole, "_blank", "noopener");
    return;
  }
  opener = null; // the new page's heading has the focus then
  close();
  if (whole !== location.href) visit(href);
}

/** @param {EventTarget | null} target */
function typing(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, .cm-editor") !== null;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.isComposing) return;
  const other = document.querySelector("dialog[open]");
  const control = event.ctrlKey || event.metaKey;
  if (control && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    if (embedded || other) return;
    event.preventDefault();
    event.stopPropagation();
    if (field()) close();
    else open("palette");
  } else if (event.key === "?" && !control && !event.altKey) {
    if (typing(event.target) || other || document.querySelector(".modal.show")) return;
    event.preventDefault();
    open("shortcuts");
  } else if (event.target === field()) {
    const options = shown();
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && options.length && active) {
      event.preventDefault();
      choose(neighbour(options, active, step));
    } else if (event.key === "Enter" && active) {
      event.preventDefault();
      go(active, control);
    }
  }
}
// Ahead of the editor's own keys.
document.addEventListener("keydown", pressed, true);

document.addEventListener("input", (event) => event.target === field() && ask());
document.addEventListener("click", (event) => {
  const button = closest(event, "[data-palette]");
  if (button) {
    if (button.dataset.palette === "close") close();
    else open(button.dataset.palette === "open" ? "palette" : "shortcuts");
  }
  const option = closest(event, ".palette-option");
  if (option && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    go(option);
  }
});
document.addEventListener("mousemove", (event) => {
  const option = closest(event, ".palette-option");
  if (option && option !== active) choose(option);
});

// Drawn anew each time that it opens, and its results each time that something was found.
/** @type {HTMLInputElement | null} */
let known = null;
let there = false;
whenChanged(() => {
  const input = field();
  if (input && input !== known) {
    active = null;
    const attributes = {
      role: "combobox",
      "aria-controls": "palette-list",
      "aria-autocomplete": "list",
      spellcheck: "false",
    };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    input.focus();
    narrow();
  } else if (input) {
    narrow();
    askAgain();
  }
  known = input;
  const now = Boolean(input || by("shortcuts-title"));
  if (there && !now) {
    setTimeout(() => {
      if (document.activeElement === document.body && opener?.isConnected && opener instanceof HTMLElement)
        opener.focus();
    });
  }
  there = now;
});
