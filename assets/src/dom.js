// Elements, and what is looked up in the document.
import crelt from "crelt";

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes by their names in HTML: `class`, `for` */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Numbers become attributes as text does; `false`, null and undefined leave an attribute out; `true` is a property.
 *
 * @param {Attributes} attributes
 */
function given(attributes) {
  /** @type {Record<string, string | true>} */
  const kept = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    kept[name] = typeof value === "number" ? String(value) : value;
  }
  return kept;
}

/** @param {Child} child */
const shown = (child) => (child === false || child === "" ? null : typeof child === "number" ? String(child) : child);

/**
 * An HTML element. Children are nodes or text (which is text, never markup); null and false are none.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes, ...children) {
  return /** @type {HTMLElementTagNameMap[Name]} */ (crelt(name, given(attributes), ...children.map(shown)));
}

/**
 * The same of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Name]}
 */
export function svg(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  crelt(/** @type {any} */ (made), given(attributes), ...children.map(shown));
  return made;
}

/** @param {string} name of Bootstrap's icons */
export const icon = (name) => element("span", { class: `icon i-${name}`, "aria-hidden": "true" });

/**
 * The element of an id, as what the page has there.
 *
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 */
export const by = (id) => /** @type {Kind | null} */ (document.getElementById(id));

/**
 * What an event is about: the closest element around its target that fits; null where there is none.
 *
 * @param {Event} event
 * @param {string} selector
 */
export function closest(event, selector) {
  return event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest(selector)) : null;
}

/**
 * Every element that fits.
 *
 * @param {string} selector
 * @param {ParentNode} within
 */
export const all = (selector, within = document) =>
  /** @type {HTMLElement[]} */ ([...within.querySelectorAll(selector)]);
