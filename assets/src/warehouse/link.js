// The page's link: SQL, parameters and the current schema in the fragment, which no server sees. Opening it runs nothing.
import { by, closest } from "../dom.js";
import { on, tell } from "../events.js";
import { ask, asked } from "../navigate.js";
import { copy } from "../parts/clipboard.js";
import { toLink } from "../results/chart-spec.js";
import { count } from "../text.js";
import { isEdited } from "./draft.js";
import { drafts } from "./drafts.js";
import { fromFragment, LONGEST, toFragment } from "./fragment.js";
import { say } from "./note.js";
import { holding } from "./owners.js";
import { warehouse } from "./where.js";

const MOST = 6000; // characters of a fragment kept in the address as one works; a copied link may be longer
let opened = false;

const isHere = () => by("warehouse-editor") !== null;

/** How the draft's result shows, as a link has it. */
function shown() {
  const { charts = [], names: _, ...view } = drafts.current.view ?? { names: [] };
  return {
    ...(Object.keys(view).length && { view: JSON.stringify({ sort: [], filter: [], ...view }) }),
    ...(charts.length && { chart: toLink(charts) }),
  };
}

/** A saved query that has not been edited is its own address; any other draft is the fragment. */
const isSaved = () => drafts.current.saved !== null && !isEdited(drafts.current);
const fragment = () => (isSaved() ? "" : toFragment(drafts.current, warehouse(), shown()));

/** Whether the address names a statement that a draft of this browser has run: then it is about that draft. */
const own = () => asked().getAll("statement").map(holding).find(Boolean);

/** Before anything is drawn: the draft of which the address has a result shows. What is nobody's here gets one. */
export function choose() {
  const draft = own();
  if (draft) drafts.select(draft);
  else if (asked().has("query")) return;
  else if (asked().has("statement") && !fromFragment(location.hash) && !drafts.isBlank(drafts.active)) {
    if (drafts.blank) drafts.select(drafts.blank);
    else drafts.add({});
  }
}

/**
 * Takes what the address carries into a draft of its own; what was being written stays.
 *
 * @param {boolean} first the page has just come: its address may be of a draft that has gone on since
 */
export function open(first) {
  if (by("warehouse-editor")?.dataset.ended) return;
  const found = fromFragment(location.hash);
  const before = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  // On a reload the draft has it, and may have gone on since.
  const reload = !opened && before[0]?.type === "reload";
  opened = true;
  if (first && own() && drafts.current.sql.trim()) return;
  if (!found || (reload && drafts.current.sql.trim())) return;
  const known = drafts.ids.find((id) => drafts.get(id)?.sql === found.draft.sql);
  const place = known ?? drafts.blank;
  const draft = { ...found.draft, ...(found.warehouse && { warehouse: found.warehouse }) };
  if (place) {
    drafts.select(place);
    drafts.change(draft);
  } else drafts.add(draft);
}

/** Keeps the address in step with what was run. */
export function update() {
  if (!isHere()) return;
  const hash = fragment();
  ask(asked(), { hash: hash !== null && hash.length <= MOST ? hash : "" });
}
on("portal:view", update);
on("portal:saved", update);

async function share() {
  const hash = fragment();
  if (hash === null) {
    const long = count(drafts.current.sql.length);
    say(
      `Too long to be shared as a link: it carries about ${count(LONGEST)} characters, and this text has ${long}. ` +
        "Save the query, and share its link from Queries.",
    );
    return;
  }
  const query = isSaved() ? `?query=${encodeURIComponent(drafts.current.saved?.id ?? "")}` : "";
  if (await copy(location.origin + location.pathname + query + hash)) {
    say("Link copied. Whoever opens it sees the SQL, and runs it as themselves.");
  } else {
    say("This browser does not let the page copy. The address has the link.");
    update();
  }
}
document.addEventListener("click", (event) => {
  if (closest(event, "[data-editor=link]")) share();
});

// A link that is opened in this very tab.
window.addEventListener("hashchange", () => {
  if (!isHere() || !fromFragment(location.hash)) return;
  open(false);
  tell("portal:draft");
});
