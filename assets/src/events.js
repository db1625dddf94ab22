// Our own events, by which parts tell each other what happened without knowing each other.

/**
 * @typedef {{
 *   "portal:address": undefined,
 *   "portal:chart": {id: string},
 *   "portal:changed": undefined,
 *   "portal:draft": undefined,
 *   "portal:draft-moved": {from: string, to: string},
 *   "portal:draft-note": {text: string},
 *   "portal:kept": {whole: boolean},
 *   "portal:left": undefined,
 *   "portal:result": {id: string},
 *   "portal:result-note": {id: string, text: string, cancel: string | null},
 *   "portal:result-view": {id: string},
 *   "portal:run": {everything: boolean},
 *   "portal:reverted": undefined,
 *   "portal:running": {
 *     states: Map<string, import("./warehouse/statements.js").State>, ownerOf: (region: string) => string,
 *   },
 *   "portal:saved": undefined,
 *   "portal:view": undefined,
 *   "portal:theme": {theme: string},
 * }} Events what happened, and what is told of it
 */

/**
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {Events[Name]} [detail]
 */
export const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

/**
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {(detail: Events[Name]) => void} act
 */
export const on = (name, act) =>
  document.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
