// Drawings: elements with `data-draw` (which one) and `data-value` (what, as JSON), filled by plain script. Dash's renderer
// takes milliseconds for a component, and these are thousands of elements. All text becomes text nodes. Where a drawing
// changes under the eyes of its reader, focus stays on the same thing (`data-key`), and what was scrolled stays so.
import { closest, element, icon, svg } from "../dom.js";
import { go, isBrowsers } from "../navigate.js";
import { shortened } from "../text.js";
import { define } from "./custom.js";

/** @typedef {{tone: string, icon: string, text: string}} Badge of portal.ui.badges.cell */
/** @typedef {Record<string, Badge>} States badges by Databricks' own words */
/** @typedef {{key?: string, href?: string, set?: Record<string, string>}} Target where a click on a thing leads */
/** @typedef {(value: any, width: number) => Element[]} Make */

/** @type {CanvasRenderingContext2D | null} */
let pen = null;

/**
 * As much of a text as fits into so many px.
 *
 * @param {string} text
 * @param {number} room
 * @param {string} font size and weight, as in CSS
 */
export function fitted(text, room, font) {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return text;
  pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  let kept = Math.min(text.length, Math.ceil(room / 3)); // no font is as narrow
  while (kept > 2 && pen.measureText(shortened(text, kept)).width > room) kept -= 1;
  return shortened(text, kept);
}

/** @param {Badge} state */
export function badge(state) {
  return element("span", { class: `badge-state is-${state.tone}` }, icon(state.icon), element("span", {}, state.text));
}

/**
 * @param {number | null} milliseconds since 1970
 * @param {"ago" | "exact" | "minute"} kind
 */
export function when(milliseconds, kind = "ago") {
  if (!milliseconds) return element("span", { class: "text-body-secondary" }, "–");
  const iso = new Date(milliseconds).toISOString();
  return element("time", { datetime: iso, "data-when": kind }, iso);
}

/**
 * Attributes of a link that chooses (portal.ui.address gives `set`) or goes elsewhere (`href`); null for none.
 *
 * @param {Target} item
 * @returns {import("../dom.js").Attributes | null}
 */
function leading(item) {
  if (item.set) {
    const href = item.href || `?${new URLSearchParams(item.set)}`;
    return { href, "data-set": JSON.stringify(item.set), "data-key": item.key };
  }
  return item.href ? { href: item.href, "data-go": "1", "data-key": item.key } : null;
}

/**
 * @param {Target} item
 * @param {import("../dom.js").Attributes} attributes
 * @param {...import("../dom.js").Child} children
 */
export function target(item, attributes, ...children) {
  const link = leading(item);
  return link ? element("a", { ...attributes, ...link }, ...children) : element("span", attributes, ...children);
}

/**
 * The same within a drawing in SVG.
 *
 * @param {Target} item
 * @param {import("../dom.js").Attributes} attributes
 * @param {...import("../dom.js").Child} children
 */
export function svgTarget(item, attributes, ...children) {
  const link = leading(item);
  return link ? svg("a", { ...attributes, ...link }, ...children) : svg("g", attributes, ...children);
}

/** @type {Map<string, {make: Make, byWidth: boolean}>} */
const drawings = new Map();

/**
 * A drawing by its name.
 *
 * @param {string} name
 * @param {Make} make from the value and the width in px
 * @param {boolean} byWidth drawn anew where the width changes
 */
export const add = (name, make, byWidth = false) => drawings.set(name, { make, byWidth });

class Drawing extends HTMLElement {
  /** What it shows, and the width that it was drawn for. */
  #shown = { value: "", wide: 0 };
  #sizes = new ResizeObserver(() => this.refresh());

  connectedCallback() {
    // The holder's own layout holds for what is drawn: this element has no box (parts.css).
    if (this.parentElement) this.#sizes.observe(this.parentElement);
    this.refresh();
  }
  disconnectedCallback() {
    this.#sizes.disconnect();
  }
  refresh() {
    const holder = this.parentElement;
    const { draw: kind = "", value = "" } = holder?.dataset ?? {};
    const drawing = drawings.get(kind);
    const wide = Math.floor(holder?.clientWidth ?? 0);
    if (!drawing || !wide || !value) return;
    if (this.#shown.value === value && (this.#shown.wide === wide || !drawing.byWidth)) return;
    this.#shown = { value, wide };
    this.#draw(drawing.make(JSON.parse(value), wide));
  }
  /** The same once more: what it is drawn by has changed elsewhere. */
  again() {
    this.#shown = { value: "", wide: 0 };
    this.refresh();
  }
  #scrolled() {
    return this.querySelector(":scope > [tabindex]") ?? this.firstElementChild;
  }
  /** @param {Element[]} drawn */
  #draw(drawn) {
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.getAttribute("data-key");
    const box = this.#scrolled();
    const [left, top] = [box?.scrollLeft ?? 0, box?.scrollTop ?? 0];
    this.replaceChildren(...drawn);
    const now = this.#scrolled();
    if (now && box) Object.assign(now, { scrollLeft: left, scrollTop: top });
    if (!focused) return;
    const same = this.querySelector(key ? `[data-key="${CSS.escape(key)}"]` : "[tabindex]");
    if (same instanceof HTMLElement || same instanceof SVGElement) same.focus({ preventScroll: true });
  }
}
define("portal-drawing", Drawing, "[data-draw]");

/**
 * Draws every drawing of these kinds anew.
 *
 * @param {...string} kinds
 */
export function again(...kinds) {
  for (const kind of kinds)
    for (const drawing of document.querySelectorAll(`[data-draw="${kind}"] > portal-drawing`))
      if (drawing instanceof Drawing) drawing.again();
}

// Links inside the portal that are not Dash's own.
document.addEventListener("click", (event) => {
  const href = closest(event, "a[data-go]")?.getAttribute("href");
  if (!href || isBrowsers(event)) return;
  event.preventDefault();
  go(href);
});
