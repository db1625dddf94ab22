// The shell: the folding navigation, the viewer menu, the theme switch, the current link, and focus after navigation.
import { setProps } from "../dash.js";
import { all, by, closest } from "../dom.js";
import { on } from "../events.js";
import { whenChanged } from "../timing.js";
import { returning } from "./places.js";

const root = document.documentElement;

/** @param {HTMLElement} button */
const panelOf = (button) => by(button.getAttribute("aria-controls") ?? "");

/**
 * @param {HTMLElement} button
 * @param {boolean} open
 */
function setOpen(button, open) {
  button.setAttribute("aria-expanded", String(open));
  const panel = panelOf(button);
  if (button.dataset.toggleSide) root.classList.toggle("side-open", open);
  else if (panel) panel.hidden = !open;
}

/** @param {HTMLElement} button */
const isOpen = (button) => button.getAttribute("aria-expanded") === "true";
const openers = () => all("[data-disclosure], [data-toggle-side]");

function markTheme() {
  for (const button of all("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.portal.theme.choice()));
  }
}

document.addEventListener("click", (event) => {
  const pressed = closest(event, "[data-disclosure], [data-toggle-side]");
  const { target } = event;
  if (!(target instanceof Element)) return;
  for (const button of openers()) {
    if (button === pressed) setOpen(button, !isOpen(button));
    else if (isOpen(button)) {
      const area = button.dataset.toggleSide ? by("side") : panelOf(button);
      // A link inside closes the folded navigation; other controls inside leave it open.
      if (!area?.contains(target) || (target.closest("a") && button.dataset.toggleSide)) setOpen(button, false);
    }
  }
  const theme = closest(event, "[data-theme-choice]")?.dataset.themeChoice;
  if (theme) window.portal.theme.choose(theme);
  if (theme || pressed?.dataset.disclosure) markTheme();
  if (closest(event, ".skip-link")) {
    event.preventDefault();
    by("main")?.focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const button of openers().filter(isOpen)) {
    setOpen(button, false);
    button.focus();
    event.preventDefault();
  }
});

// Dash changes the address without a load: mark the current link, and move focus to the new page's heading.
/** @type {string | null} */
let path = null;
/** @type {Element | null} the heading of the page that was left */
let left = null;
const heading = () => /** @type {HTMLElement | null} */ (document.querySelector("#_pages_content h1"));

/** @type {Element | null} the links that are marked; they may be drawn anew, with those that this viewer may open */
let marked = null;

function markCurrent() {
  const root = /** @type {HTMLAnchorElement | null} */ (document.querySelector("a.brand"))?.pathname;
  marked = document.querySelector("#react-entry-point .nav-item-link");
  for (const link of document.querySelectorAll("a.nav-item-link")) {
    const own = new URL(/** @type {HTMLAnchorElement} */ (link).href).pathname;
    const current =
      location.pathname === own || (own !== root && location.pathname.startsWith(`${own.replace(/\/$/, "")}/`));
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
function moved() {
  const links = document.querySelector("#react-entry-point .nav-item-link");
  if (!links) return;
  if (path === location.pathname) {
    if (links !== marked) markCurrent();
    return;
  }
  const first = path === null;
  path = location.pathname;
  markCurrent();
  left = first ? null : heading();
  if (first) return;
  setProps("page-state", { children: null });
  focusHeading(performance.now() + 3000);
}

/** @param {number} until */
function focusHeading(until) {
  const found = heading();
  if (found && found !== left) {
    found.tabIndex = -1;
    found.focus({ preventScroll: true });
    if (!returning()) window.scrollTo(0, 0);
  } else if (performance.now() < until) requestAnimationFrame(() => focusHeading(until));
}

// The first picture goes in the same breath in which the renderer has put the real page in its place.
function uncover() {
  const picture = by("picture");
  if (!picture || !document.querySelector("#react-entry-point .shell")) return;
  picture.remove();
  by("starting")?.remove();
}

whenChanged(uncover);
whenChanged(moved);
window.addEventListener("popstate", () => setTimeout(moved));
on("portal:theme", markTheme);
