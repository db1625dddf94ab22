// Where SQL is written: the surface, and what is done with its text: format, save, keep as a draft, mark errors.
import { by, closest, element } from "../dom.js";
import { on, tell } from "../events.js";
import { post, Refusal, wordsOf } from "../http.js";
import { asked } from "../navigate.js";
import { load, warmGrid } from "../parts/bundles.js";
import { define } from "../parts/custom.js";
import { sealed } from "../sealed.js";
import * as store from "../store.js";
import { counted } from "../text.js";
import { debounce } from "../timing.js";
import { drafts } from "./drafts.js";
import * as tabs from "./drafttabs.js";
import { choose, open } from "./link.js";
import { say } from "./note.js";
import * as parameters from "./parameters.js";
import { openSaved, revert, save, saveForm } from "./saved.js";
import { markers } from "./sqltext.js";
import { code } from "./surface.js";
import { plain } from "./textarea.js";
import { field, limit, scope, warehouse, written } from "./where.js";

/** @typedef {import("./statements.js").EditorError} EditorError */

const REST = 120; // ms after the last key until parameters are looked for
const TREE = "portal-tree";
const UNSEALED = "Drafts last as long as this page: it did not come over HTTPS, so the browser cannot seal them.";

class Editor extends HTMLElement {
  /** @type {import("./surface.js").Actions} */
  actions = { changed: (text) => this.changed(text), format: () => this.format() };
  surface = plain(this.actions);
  look = debounce(() => parameters.draw(markers(this.text())), REST);

  async connectedCallback() {
    const { seal = "[]", plain, bundle } = this.parentElement?.dataset ?? {};
    await sealed.open(JSON.parse(seal));
    if (!this.isConnected) return;
    drafts.load(plain);
    choose();
    this.replaceChildren(this.surface.node);
    this.fields();
    this.showTree(this.wantsTree());
    open(true);
    const query = asked().get("query");
    if (query) openSaved(query);
    tell("portal:draft");
    if (!sealed.lasts) say(UNSEALED);
    // The grid's scripts come while nothing else does, and are there when the first result is.
    (window.requestIdleCallback ?? setTimeout)(() => warmGrid());
    // Where it does not load, the text area stays.
    if (bundle)
      load(bundle).then(
        () => this.isConnected && this.upgrade(),
        () => {},
      );
  }
  disconnectedCallback() {
    this.look.cancel();
    this.surface.end();
    drafts.flush();
    tell("portal:left");
  }
  // What is written and chosen in the text area goes on in the code editor.
  upgrade() {
    const before = this.surface;
    const { from, to } = before.chosen();
    const focused = before.hasFocus();
    this.replaceChildren();
    this.surface = code(this, this.actions);
    this.surface.show(drafts.active, before.text());
    if (from || to) this.surface.select(from, to);
    if (focused) this.surface.focus();
  }
  // The field belongs to the draft, not to Dash.
  fields() {
    const where = element("input", {
      id: "warehouse-where",
      class: "form-control form-control-sm",
      placeholder: "catalog.schema",
      autocomplete: "off",
      spellcheck: "false",
    });
    by("warehouse-where-box")?.replaceChildren(where);
    where.addEventListener("input", () => drafts.change({ where: where.value.trim() }));
    const rows = limit();
    rows?.addEventListener("change", () => drafts.change({ limit: rows.value }));
  }
  refresh() {}

  text() {
    return this.surface.text();
  }
  /** @param {string} text */
  changed(text) {
    drafts.change({ sql: text });
    tabs.draw();
    this.look();
  }
  // The draft that is chosen.
  show() {
    const draft = drafts.current;
    const [where, rows] = [field(), limit()];
    this.surface.show(drafts.active, draft.sql);
    if (where) where.value = draft.where;
    if (rows) rows.value = draft.limit || "1000";
    tabs.draw();
    this.look();
  }
  /** @param {EditorError[]} errors */
  mark(errors) {
    this.surface.mark(errors);
  }
  async format() {
    const { surface } = this;
    const before = surface.text();
    try {
      const found = await post("sql/format", { sql: before });
      const sql = found.sql.trimEnd();
      if (surface.text() === before && sql !== before.trimEnd()) surface.replace(sql);
      surface.mark([]);
      say(
        found.left
          ? `Left as written, since the portal does not understand it: ${counted(found.left, "statement")}.`
          : "",
      );
    } catch (error) {
      say(wordsOf(error));
      if (error instanceof Refusal && error.line) {
        surface.mark([{ line: error.line, column: error.position, message: error.message }]);
      }
    }
  }
  /** What Run sends: the text, the selection, where names are looked up, and the parameters' values. */
  chosen() {
    const sql = this.text();
    drafts.flush();
    return {
      sql,
      ...this.surface.chosen(),
      ...scope(),
      warehouse: warehouse(),
      params: parameters.values(markers(sql)),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    };
  }

  // The catalog beside the editor: open where there is room, unless the viewer closed it.

  wantsTree() {
    const kept = store.read(TREE);
    if (window.innerWidth >= 1400) return kept !== "closed";
    return kept === "open" && window.innerWidth >= 1200;
  }
  /** @param {boolean} open */
  showTree(open) {
    this.closest(".warehouse")?.classList.toggle("has-tree", open);
    document.querySelector("[data-editor=catalog]")?.setAttribute("aria-pressed", String(open));
  }
  toggleTree() {
    const open = !this.closest(".warehouse")?.classList.contains("has-tree");
    this.showTree(open);
    store.write(TREE, open ? "open" : "closed");
  }

  // Another draft, of the same place.
  another() {
    const { where, limit: rows } = drafts.current;
    drafts.add({ where, limit: rows });
    tell("portal:draft");
    this.surface.focus();
  }
  /** @param {string} act */
  act(act) {
    if (act === "new") this.another();
    if (act === "format") this.format();
    if (act === "search") this.surface.search?.();
    if (act === "catalog") this.toggleTree();
    if (act === "save") save();
    if (act === "save-as") saveForm();
    if (act === "revert") revert();
  }
}
define("portal-editor", Editor, "#warehouse-editor[data-seal]");

/** The editor of the page, once one can write in it; null on other pages. */
export function editor() {
  const found = document.querySelector("#warehouse-editor portal-editor");
  return found instanceof Editor && found.surface.node.isConnected ? found : null;
}

/**
 * @param {string[]} path where a draft's names are looked up from now on
 * @param {string} draft
 */
export function setWhere(path, draft) {
  const place = field();
  drafts.change({ where: written(path) }, draft);
  if (place && draft === drafts.active) place.value = written(path);
}

document.addEventListener("click", (event) => {
  const act = closest(event, "[data-editor]")?.dataset.editor;
  if (act) editor()?.act(act);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const here = editor();
  if (!here) return;
  event.preventDefault();
  here.act("save");
});
document.addEventListener("portal:pick", (event) => {
  if (closest(event, ".warehouse")) editor()?.surface.insert(/** @type {CustomEvent} */ (event).detail.sql);
});
on("portal:draft", () => editor()?.show());
on("portal:draft-moved", ({ from, to }) => editor()?.surface.move(from, to));
on("portal:draft-note", ({ text }) => say(text));
on("portal:kept", ({ whole }) => {
  if (!whole) say("This browser has no room to keep the draft: it is lost on reload.");
});
