// Parts with a life of their own are custom elements. Dash draws only what it has components for: it draws a holder, and
// the element is put into it.
import { all } from "../dom.js";
import { whenChanged } from "../timing.js";

/**
 * An element of ours inside a holder; `refresh` is called after each change of the document, and comes to nothing where
 * the holder says what it said before.
 *
 * @typedef {HTMLElement & {refresh(): void}} Part
 */

/**
 * @param {string} name of the element
 * @param {new () => Part} Kind
 * @param {string} holders a selector
 */
export function define(name, Kind, holders) {
  customElements.define(name, Kind);
  whenChanged(() => {
    for (const holder of all(holders)) {
      const inside = holder.firstElementChild;
      if (inside instanceof Kind) inside.refresh();
      else holder.replaceChildren(new Kind());
    }
  });
}
