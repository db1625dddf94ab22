// Drafts: what a viewer writes, kept sealed in this browser, a record each. A reload loses nothing, nor does a second tab:
// what it has changed comes in here, and what both have changed is kept twice.
import { tell } from "../events.js";
import { sealed } from "../sealed.js";
import * as store from "../store.js";
import { excerpt } from "../text.js";
import { debounce } from "../timing.js";
import { draftOf, EMPTY, isSame } from "./draft.js";

/** @typedef {import("./draft.js").Draft} Draft */

const REST = 250; // ms after the last change
const LIST = "drafts"; // which one was chosen last; before version 0.3.0 their order as well
const RECORD = "draft:";
export const HERE = "portal-draft"; // the one that this tab shows
/** @param {string} id */
const named = (id) => RECORD + id;

const PLAIN_STATEMENTS = "portal-statements"; // of version 0.1.0: their SQL, readable

/** @param {string | null} json */
function parsed(json) {
  try {
    return JSON.parse(json ?? "null");
  } catch {
    return null;
  }
}
const fresh = () => Math.random().toString(36).slice(2, 10);

export class Drafts {
  loaded = false;
  active = "";
  /** @type {Map<string, Draft>} */
  kept = new Map();
  /** @type {Set<string>} ids of those that have changed since they were written */
  changed = new Set();
  tab = fresh();
  /** @type {string[]} ids, the one that was looked at last first */
  recent = [];
  save = debounce(() => this.flush(), REST);

  /** In the order of their tabs. */
  get ids() {
    const made = (/** @type {string} */ id) => this.kept.get(id)?.made ?? 0;
    return [...this.kept.keys()].sort((a, b) => made(a) - made(b) || (a < b ? -1 : 1));
  }

  /**
   * Once what was kept is open.
   *
   * @param {string} [plain] the name under which version 0.1.0 kept this viewer's drafts, readable
   */
  load(plain) {
    if (this.loaded) return;
    this.loaded = true;
    const list = sealed.read(LIST) ?? {};
    const before = Array.isArray(list.order) ? list.order : [];
    for (const name of sealed.names(RECORD)) {
      const draft = draftOf(sealed.read(name));
      const id = name.slice(RECORD.length);
      const at = before.indexOf(id);
      if (draft) this.kept.set(id, { ...draft, made: draft.made || 1 + (at < 0 ? before.length : at) });
    }
    const wanted = [store.tab.read(HERE), list.active];
    if (plain && sealed.lasts) this.adopt(plain);
    if (!this.kept.size) this.add({});
    this.active = wanted.find((id) => id && this.kept.has(id)) ?? this.ids[0];
    this.note();
    sealed.watch(RECORD, (name, theirs, refused) => this.other(name.slice(RECORD.length), theirs, refused));
  }

  /**
   * Readable drafts become sealed ones; they are removed once that is done.
   *
   * @param {string} plain
   */
  adopt(plain) {
    const before = store.names().filter((name) => name === plain || name.startsWith(`${plain}:`));
    for (const name of before) {
      const draft = draftOf(parsed(store.read(name)));
      if (!draft?.sql.trim()) continue;
      const id = fresh();
      this.kept.set(id, { ...draft, made: this.last() + 1 });
      this.changed.add(id);
    }
    /** @param {Event} event */
    const remove = (event) => {
      if (!(/** @type {CustomEvent} */ (event).detail.whole)) return;
      document.removeEventListener("portal:kept", remove);
      for (const name of [...before, PLAIN_STATEMENTS]) store.remove(name);
    };
    document.addEventListener("portal:kept", remove);
    this.flush();
    if (before.length) sealed.write(LIST, { active: this.ids[0] ?? "" });
  }

  /** Writes what has changed, at once. */
  flush() {
    this.save.cancel();
    if (!this.loaded) return;
    for (const id of this.changed) {
      const draft = this.kept.get(id);
      if (!draft) continue;
      draft.version += 1;
      draft.by = this.tab;
      sealed.write(named(id), draft);
    }
    this.changed.clear();
  }
  /** Keeps which one shows: in this tab, and for the next one that is opened. */
  note() {
    this.recent = [this.active, ...this.recent.filter((id) => id !== this.active && this.kept.has(id))];
    store.tab.write(HERE, this.active);
    sealed.write(LIST, { active: this.active });
  }
  /**
   * Whether nobody has written in it, so that it may take what is opened; a saved query without its text is still that one.
   *
   * @param {string} id
   */
  isBlank(id) {
    const { sql, saved } = this.kept.get(id) ?? EMPTY;
    return !sql.trim() && saved === null;
  }
  /** A draft that is blank. */
  get blank() {
    return this.ids.find((id) => this.isBlank(id));
  }
  last() {
    return Math.max(0, ...[...this.kept.values()].map(({ made }) => made));
  }

  /**
   * @param {Partial<Draft>} values
   * @param {string} [id] of one that was closed, and is had back
   * @returns {string} its id; it is the one that shows
   */
  add(values, id = fresh()) {
    const draft = { ...structuredClone(EMPTY), ...values };
    this.kept.set(id, { ...draft, made: values.made || Math.max(Date.now(), this.last() + 1) });
    this.changed.add(id);
    this.active = id;
    this.flush();
    this.note();
    return id;
  }

  /** @param {string} id */
  remove(id) {
    if (!this.kept.has(id)) return;
    this.flush();
    this.drop(id);
    sealed.remove(named(id));
  }
  /** @param {string} id */
  drop(id) {
    const at = this.ids.indexOf(id);
    this.kept.delete(id);
    this.changed.delete(id);
    if (!this.kept.size) this.add({});
    if (id === this.active) this.active = this.ids[Math.min(at, this.kept.size - 1)];
    this.note();
  }

  /** @param {string} id */
  select(id) {
    if (!this.kept.has(id)) return;
    this.flush();
    this.active = id;
    this.note();
  }

  /**
   * @param {Partial<Draft>} values
   * @param {string} [id] of the draft that shows, where none is named
   */
  change(values, id = this.active) {
    const draft = this.kept.get(id);
    if (!draft) return;
    Object.assign(draft, values);
    this.changed.add(id);
    this.save();
    tell("portal:changed");
  }

  /**
   * What another tab has made of a draft: null where it was closed there.
   *
   * @param {string} id
   * @param {any} kept
   * @param {boolean} refused what this tab had made of it was not written
   */
  other(id, kept, refused) {
    const mine = this.kept.get(id);
    const theirs = draftOf(kept);
    if (!theirs) {
      if (mine && this.changed.has(id)) this.flush();
      else if (mine && kept === null) this.closed(id);
      return;
    }
    if (theirs.by === this.tab) return;
    const ours = refused || this.changed.has(id);
    if (!mine || (!ours && theirs.version > mine.version)) this.kept.set(id, theirs);
    else if (isSame(mine, theirs)) mine.version = Math.max(mine.version, theirs.version);
    // Both were written in the same moment: one of the two tabs makes the copy.
    else if (!ours && this.tab > theirs.by) this.changed.add(id);
    else this.keepBoth(id, mine, theirs);
    this.save();
    tell("portal:draft");
  }
  /** @param {string} id */
  closed(id) {
    const was = id === this.active;
    const title = this.title(id);
    this.drop(id);
    tell("portal:draft");
    if (was) tell("portal:draft-note", { text: `“${title}” was closed in another tab.` });
  }
  /**
   * This tab goes on with its own, as a draft beside the other's.
   *
   * @param {string} id
   * @param {Draft} mine
   * @param {Draft} theirs
   */
  keepBoth(id, mine, theirs) {
    const title = this.title(id);
    const own = fresh();
    const next = this.ids[this.ids.indexOf(id) + 1];
    const made = ((this.kept.get(next)?.made ?? theirs.made + 1) + theirs.made) / 2;
    this.kept.set(own, { ...mine, name: `${title} (2)`, made, version: 0 });
    this.kept.set(id, theirs);
    this.changed.delete(id);
    this.changed.add(own);
    tell("portal:draft-moved", { from: id, to: own });
    if (id === this.active) {
      this.active = own;
      this.note();
    }
    const text = `“${title}” was changed in another tab too. Both are kept: what was written here is “${title} (2)”.`;
    tell("portal:draft-note", { text });
  }

  /** The draft that shows. */
  get current() {
    return this.kept.get(this.active) ?? EMPTY;
  }
  /** @param {string} id */
  get(id) {
    return this.kept.get(id);
  }
  /** @param {string} id */
  title(id) {
    const { name, saved, sql } = this.kept.get(id) ?? EMPTY;
    return name || saved?.name || excerpt(sql.trimStart().slice(0, 200), 200).slice(0, 24) || "New";
  }
}

export const drafts = new Drafts();

if (typeof window !== "undefined") {
  // Sealing takes a moment, which a page that is leaving has until its successor answers.
  window.addEventListener("beforeunload", () => drafts.flush());
  window.addEventListener("pagehide", () => drafts.flush());
  document.addEventListener("visibilitychange", () => document.hidden && drafts.flush());
}
