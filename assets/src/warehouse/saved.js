// The workspace's query that a draft is: opened, saved in place or under another name, reverted. What the workspace has no
// place for (row limit, view, charts) is kept beside it by the portal (portal/databricks/kept.py).
import { by, element, icon } from "../dom.js";
import { on, tell } from "../events.js";
import { post, Refusal, wordsOf } from "../http.js";
import { isEdited, queryOf } from "./draft.js";
import { drafts } from "./drafts.js";
import * as tabs from "./drafttabs.js";
import { say } from "./note.js";
import { more } from "./saved-more.js";
import { body, draftFrom } from "./saved-query.js";
import { warehouse } from "./where.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./saved-query.js").Found} Found */

/**
 * A draft has been kept: it is that query now.
 *
 * @param {string} id of the draft
 * @param {Draft} draft as it was sent
 * @param {Found} found
 */
function keptAs(id, draft, found) {
  const { id: query, name, updated, mine, drawn } = found;
  drafts.change({ name, saved: { id: query, name, updated, mine, drawn, base: queryOf(draft) } }, id);
  drafts.flush();
  tabs.draw();
  bar();
  tell("portal:saved");
}

/** @param {string} words @param {() => void} act */
function choice(words, act) {
  const made = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, words);
  made.addEventListener("click", () => {
    say("");
    act();
  });
  return made;
}

/**
 * Saves a draft over the query that it is.
 *
 * @param {boolean} over whatever stands there now
 */
async function saveInPlace(over) {
  const id = drafts.active;
  const draft = structuredClone(drafts.current);
  const { saved } = draft;
  if (!saved) return;
  say("Saving…");
  try {
    const seen = over ? null : saved.updated;
    const found = await post("sql/save", { ...body(draft), id: saved.id, seen, name: draft.name || saved.name });
    keptAs(id, draft, found);
    say(found.note || `Saved “${found.name}”.`);
  } catch (error) {
    if (error instanceof Refusal && error.kind === "changed-meanwhile") conflict(error.message);
    else
      say(
        `Not saved. ${wordsOf(error)}`,
        " ",
        choice("Save as", () => saveForm()),
      );
  }
}

/** @param {string} words */
function conflict(words) {
  say(
    `${words} Nothing was saved. Databricks has no lock: between two who save at the same moment, the last one stays. `,
    choice("Save over it", () => saveInPlace(true)),
    " ",
    choice("Save as", () => saveForm()),
    " ",
    choice("Take what is there", () => take(drafts.current.saved?.id ?? "")),
  );
}

/**
 * The query as it is in the workspace now, in the place of what the draft was: undo has that back.
 *
 * @param {string} query
 */
async function take(query) {
  const draft = drafts.active;
  try {
    const found = await post("sql/query", { id: query });
    drafts.change(draftFrom(found), draft);
    tell("portal:draft");
    say(found.note);
  } catch (error) {
    say(wordsOf(error));
  }
}

/** What was written since it was opened or saved goes; undo has its text back. */
export function revert() {
  const { saved } = drafts.current;
  if (!saved) return;
  drafts.change({ ...structuredClone(saved.base), name: saved.name });
  tell("portal:draft");
  tell("portal:reverted");
}

/** Saves: over the query that the draft is, or under a name. */
export function save() {
  if (!drafts.current.sql.trim()) say("There is nothing to save yet.");
  else if (drafts.current.saved) saveInPlace(false);
  else saveForm();
}

/** Saves under a name, as a query of the viewer's own. */
export function saveForm() {
  const id = drafts.active;
  const { saved, name } = drafts.current;
  const label = "Name of the query";
  const about = { class: "form-control form-control-sm", placeholder: label, "aria-label": label, maxlength: 200 };
  const field = element("input", { ...about, value: name || saved?.name || "" });
  const keep = element("button", { type: "submit", class: "btn btn-sm btn-primary" }, "Save");
  const stop = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, "Do not save");
  const form = element("form", { class: "filter-form" }, field, keep, stop);
  stop.addEventListener("click", () => say(""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = field.value.trim();
    if (!given) {
      field.focus();
      return;
    }
    keep.disabled = true;
    const draft = structuredClone(drafts.get(id) ?? drafts.current);
    try {
      const asked = { ...body(draft), name: given, like: saved?.id ?? null };
      const found = await post("sql/save", { ...asked, warehouse: asked.warehouse ?? warehouse() });
      keptAs(id, draft, found);
      say(`Saved as “${found.name}”. It shows in Databricks too, and under Queries. ${found.note}`);
    } catch (error) {
      keep.disabled = false;
      say(`Not saved. ${wordsOf(error)}`);
    }
  });
  say(form);
  field.select();
  field.focus();
}

/** The id of the one that is being opened. */
let coming = "";
export const opening = () => coming;

let under = Promise.resolve(true);
/** Whether what was being opened is there. */
export const opened = () => under;

/**
 * A saved query is opened: the draft that it is here already, else a new one.
 *
 * @param {string} query
 */
export function openSaved(query) {
  under = open(query);
}

/** @param {string} query */
async function open(query) {
  const known = drafts.ids.find((id) => drafts.get(id)?.saved?.id === query);
  coming = query;
  if (known) drafts.select(known);
  else say("Opening the query…");
  try {
    const found = await post("sql/query", { id: query });
    const draft = known && drafts.get(known);
    if (!draft) {
      if (drafts.blank) drafts.select(drafts.blank);
      else drafts.add({});
      drafts.change(draftFrom(found));
    } else if (!isEdited(draft)) drafts.change({ ...draftFrom(found) }, known);
    else if (draft.saved?.updated !== found.updated) {
      found.note = `“${found.name}” was changed meanwhile, and here as well: saving asks before it writes over that.`;
    }
    say(found.note);
    return true;
  } catch (error) {
    say(wordsOf(error));
    return false;
  } finally {
    coming = "";
    drafts.flush();
    tell("portal:draft");
  }
}

/** The bar of the query that the draft is. */
export function bar() {
  const place = by("warehouse-saved");
  if (!place) return;
  const { saved, name } = drafts.current;
  place.hidden = saved === null;
  if (!saved) {
    place.replaceChildren();
    return;
  }
  const edited = isEdited(drafts.current);
  const shown = JSON.stringify([saved.id, name, saved.name, edited]);
  if (place.dataset.shown === shown && place.children.length) return;
  place.dataset.shown = shown;
  /** @param {string} act @param {string} words @param {boolean} primary */
  const button = (act, words, primary = false) => {
    const kind = primary ? "btn-primary" : "btn-outline-secondary";
    return element("button", { type: "button", class: `btn btn-sm ${kind}`, "data-editor": act }, words);
  };
  const focused = place.contains(document.activeElement) && document.activeElement?.getAttribute("data-editor");
  place.replaceChildren(
    element("span", { class: "saved-name" }, icon("save"), element("bdi", {}, name || saved.name)),
    element("span", { class: "saved-mark", role: "status" }, edited ? "edited" : ""),
    ...(edited ? [button("save", "Save", true), button("revert", "Revert")] : []),
    button("save-as", "Save as"),
    more(saved),
  );
  const again = focused && place.querySelector(`[data-editor="${focused}"]`);
  if (again instanceof HTMLElement) again.focus();
}
on("portal:draft", bar);
on("portal:changed", bar);
