// What else can be done with the saved query that a draft is: the dialogs of its own page (pages/queries.py), and what they
// have made of it, taken over.
import { callbacks, noUpdate } from "../dash.js";
import { closest, element } from "../dom.js";
import { tell } from "../events.js";
import { post, Refusal, wordsOf } from "../http.js";
import { isEdited } from "./draft.js";
import { drafts } from "./drafts.js";
import * as tabs from "./drafttabs.js";
import { say } from "./note.js";
import { draftFrom } from "./saved-query.js";

/** @typedef {import("./draft.js").Saved} Saved */

/** @type {[action: string, words: string, note: string][]} */
const ACTS = [
  ["rename", "Rename", "Its name in Databricks, for everyone"],
  ["describe", "Description and tags", "Kept with it in Databricks"],
  ["duplicate", "Duplicate", "Once more, in your own folder"],
  ["delete", "Move to trash", "Databricks keeps it for thirty days"],
];

/**
 * A menu of them.
 *
 * @param {Saved} saved
 */
export function more({ id, name }) {
  const summary = element("summary", { class: "btn btn-sm btn-outline-secondary" }, "More");
  summary.setAttribute("aria-label", `More of ${name}`);
  const items = ACTS.map(([action, words, note]) => {
    const ask = JSON.stringify({ action, id });
    const about = { type: "button", class: "menu-item", "data-ask": ask, "data-ask-into": "query-asked" };
    const named = element("span", { class: "menu-name" }, words);
    return element("button", about, named, element("span", { class: "menu-note" }, note));
  });
  return element("details", { class: "menu-box saved-more" }, summary, element("div", { class: "menu" }, ...items));
}

/** The saved query that a dialog was asked for. */
let asked = "";
/** @type {Promise<string>} the time of its last change when it was asked for; "" where that is not known */
let before = Promise.resolve("");
document.addEventListener("click", (event) => {
  const act = closest(event, ".saved-more [data-ask]");
  if (!act) return;
  asked = JSON.parse(act.dataset.ask ?? "{}").id ?? "";
  before = post("sql/query", { id: asked }).then(
    ({ updated }) => updated,
    () => "",
  );
  act.closest("details")?.removeAttribute("open");
});

/**
 * The query as it is now, after a dialog did something with it.
 *
 * @param {string} query
 */
async function look(query) {
  const id = drafts.ids.find((one) => drafts.get(one)?.saved?.id === query);
  if (!id) return;
  try {
    const was = await before;
    const found = await post("sql/query", { id: query });
    const draft = drafts.get(id);
    const fresh = draftFrom(found);
    const { saved } = fresh;
    // Somebody else's change stays one: saving asks before it writes over that.
    if (!saved || !draft?.saved || was !== draft.saved.updated) return;
    const own = draft.name && draft.name !== draft.saved.name;
    if (!isEdited(draft)) drafts.change(fresh, id);
    else drafts.change({ name: own ? draft.name : found.name, saved: { ...saved, base: draft.saved.base } }, id);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) return say(wordsOf(error));
    drafts.change({ saved: null }, id);
    say("The query is gone from the workspace. What you have here stays, as a draft.");
  }
  drafts.flush();
  tabs.draw();
  tell("portal:draft");
}

callbacks("warehouse", {
  savedAgain() {
    if (asked) look(asked);
    return noUpdate();
  },
});
