// The room of the editor and that of the result below it: a handle between them, for the pointer and for keys. What one
// gets the other gives, and this browser remembers it.
import { by, element } from "../dom.js";
import { define } from "../parts/custom.js";
import * as store from "../store.js";

const KEY = "portal-split";
const LEAST = 64; // px of the editor
const MOST = 640;
const STEP = 16;

/** @param {number} height px */
const bounded = (height) => Math.round(Math.min(MOST, Math.max(LEAST, height)));

class Split extends HTMLElement {
  handle = element("div", {
    class: "split-handle",
    role: "separator",
    tabindex: "0",
    "aria-orientation": "horizontal",
    "aria-label": "Height of the editor",
    "aria-controls": "warehouse-editor",
    "aria-valuemin": LEAST,
    "aria-valuemax": MOST,
    title: "Drag, or press the arrow keys; a double click takes it back",
  });

  connectedCallback() {
    this.replaceChildren(this.handle);
    this.handle.addEventListener("pointerdown", (event) => this.drag(event));
    this.handle.addEventListener("keydown", (event) => this.key(event));
    this.handle.addEventListener("dblclick", () => this.set(null));
    const kept = Number(store.read(KEY));
    this.show(kept ? bounded(kept) : null);
  }
  refresh() {}

  get height() {
    return by("warehouse-editor")?.getBoundingClientRect().height ?? LEAST;
  }
  /** @param {number | null} height px; null: as it is by itself */
  show(height) {
    const page = /** @type {HTMLElement | null} */ (this.closest(".warehouse"));
    if (height === null) page?.style.removeProperty("--editor-height");
    else page?.style.setProperty("--editor-height", `${height}px`);
    this.handle.setAttribute("aria-valuenow", String(bounded(height ?? this.height)));
  }
  /** @param {number | null} height px */
  set(height) {
    this.show(height === null ? null : bounded(height));
    if (height === null) store.remove(KEY);
    else store.write(KEY, String(bounded(height)));
  }
  /** @param {PointerEvent} event */
  drag(event) {
    event.preventDefault();
    this.handle.focus();
    this.handle.setPointerCapture(event.pointerId);
    const from = event.clientY - this.height;
    /** @param {PointerEvent} moved */
    const move = (moved) => this.set(moved.clientY - from);
    this.handle.addEventListener("pointermove", move);
    this.handle.addEventListener("lostpointercapture", () => this.handle.removeEventListener("pointermove", move), {
      once: true,
    });
  }
  /** @param {KeyboardEvent} event */
  key(event) {
    const { height } = this;
    /** @type {Record<string, number | null>} */
    const to = { ArrowUp: height - STEP, ArrowDown: height + STEP, Home: LEAST, End: MOST, Enter: null };
    if (!(event.key in to)) return;
    event.preventDefault();
    this.set(to[event.key]);
  }
}
define("portal-split", Split, "#warehouse-split");
