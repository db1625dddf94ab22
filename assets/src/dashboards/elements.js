// Elements that the server describes (portal/ui/boards/tiles.py, as `portal.ui.elements` has them): text becomes text nodes,
// and nothing is parsed as markup.
import { element, svg } from "../dom.js";

/** @typedef {{type: string, props: Record<string, any>}} Described */

/** @type {Record<string, string>} */
const NAMES = { className: "class", tabIndex: "tabindex", rowSpan: "rowspan", colSpan: "colspan" };
const KEPT =
  /^(class|role|href|target|rel|type|title|scope|tabindex|rowspan|colspan|src|alt|value|placeholder|start|d|viewBox|preserveAspectRatio|disabled|aria-[a-z]+|data-[a-z-]+)$/;

/** @param {Record<string, any>} props */
function attributes(props) {
  /** @type {import("../dom.js").Attributes} */
  const found = {};
  for (const [given, value] of Object.entries(props)) {
    const name = NAMES[given] ?? given;
    if (KEPT.test(name) && value !== null && value !== "") found[name] = value;
  }
  // An empty value is a value.
  if (props["data-value"] === "") found["data-value"] = "";
  return found;
}

/**
 * @param {unknown} described an element, a text, a number, a list of these, or null
 * @returns {Node[]}
 */
export function made(described) {
  if (described === null || described === undefined || described === "") return [];
  if (Array.isArray(described)) return described.flatMap(made);
  if (typeof described !== "object") return [document.createTextNode(String(described))];
  const { type, props } = /** @type {Described} */ (described);
  const tag = type.toLowerCase();
  const children = made(props.children);
  if (tag.startsWith("svg:")) return [svg(/** @type {any} */ (tag.slice(4)), attributes(props), ...children)];
  const one = element(/** @type {any} */ (tag), attributes(props), ...children);
  for (const [name, value] of Object.entries(props.style ?? {})) {
    one.style.setProperty(
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      String(value),
    );
  }
  return [one];
}
