// Stars and recents (portal/ui/stars.py): what is starred in lists and on pages, and the shelves that list it. They are
// kept in the viewer's folder of the workspace; where that is refused, sealed in this browser, which the shelf says.
import { all, closest, element, icon } from "../dom.js";
import { path, post, wordsOf } from "../http.js";
import { go, isBrowsers } from "../navigate.js";
import { sealed } from "../sealed.js";
import { whenChanged } from "../timing.js";

/** @typedef {"dashboard" | "query"} Kind */
/** @typedef {{kind: Kind, id: string, name: string, starred: boolean, starred_at: number, opened_at: number}} Mark */

const KEPT = "marks"; // in the sealed storage
const MOST = 200;
const SHOWN = 6; // of each list on a shelf
const SEEN = 1500; // ms after which a page counts as opened
const AGAIN = 30_000; // ms, where the portal did not answer
const VISIT = 600_000; // ms in which a second visit is not written down
const WHERE = { dashboard: "dashboards/", query: "queries/" };
const ICONS = { dashboard: "columns-gap", query: "clock-history" };

/** @type {Map<string, Mark>} */
const marks = new Map();
/** Why the workspace keeps none. */
let said = "";
/** @type {Promise<void> | null} */
let asking = null;

/** @param {{kind: string, id: string}} thing */
const keyOf = ({ kind, id }) => `${kind} ${id}`;
/** @param {Mark} mark */
const touched = ({ starred_at, opened_at }) => Math.max(starred_at, opened_at);

/** The later star and the later visit hold, as on the server. @param {Mark[]} found */
export function merge(found) {
  for (const one of found) {
    const old = marks.get(keyOf(one)) ?? one;
    const star = one.starred_at > old.starred_at ? one : old;
    const named = touched(one) >= touched(old) ? one : old;
    marks.set(keyOf(one), {
      ...named,
      starred: star.starred,
      starred_at: star.starred_at,
      opened_at: Math.max(old.opened_at, one.opened_at),
    });
  }
}

/** @returns {Mark[]} what this browser keeps, because the workspace does not */
const here = () => {
  const found = sealed.read(KEPT)?.marks;
  return Array.isArray(found) ? found : [];
};

/** @param {any} answer of the portal */
async function take(answer) {
  await sealed.open(answer.seal ?? []);
  said = answer.kept ? "" : answer.said;
  merge([...answer.marks, ...here()]);
  if (answer.kept && here().length) {
    // It may be kept in the workspace after all.
    const all = here();
    sealed.remove(KEPT);
    await send(all);
  }
}

/** @param {Mark[]} changed */
async function send(changed) {
  merge(changed);
  paint();
  try {
    const answer = await post("stars/keep", { marks: changed });
    await sealed.open(answer.seal ?? []);
    said = answer.kept ? "" : answer.said;
    if (answer.kept) merge(answer.marks);
    else keepHere(changed);
  } catch (error) {
    said = wordsOf(error);
    keepHere(changed); // and in the workspace with the next page
  }
  paint();
}

/** @param {Mark[]} changed */
function keepHere(changed) {
  const kept = new Map([...here(), ...changed].map((one) => [keyOf(one), marks.get(keyOf(one)) ?? one]));
  sealed.write(KEPT, { marks: [...kept.values()].sort((a, b) => touched(b) - touched(a)).slice(0, MOST) });
}

const known = () => {
  asking ??= post("stars", {})
    .then(take)
    .catch(() => {
      setTimeout(() => (asking = null), AGAIN);
    })
    .then(paint);
  return asking;
};

/** @param {string | undefined} text @returns {Mark} */
const thing = (text) => ({ starred: false, starred_at: 0, opened_at: 0, ...JSON.parse(text ?? "{}") });

/**
 * A button beside a list, whose own link has the thing's name: one of each name.
 *
 * @param {Mark} mark
 * @param {boolean} isBeside
 */
function link(mark, isBeside) {
  const href = path(WHERE[mark.kind] + encodeURIComponent(mark.id));
  const symbol = icon(mark.starred ? "star-fill" : ICONS[mark.kind]);
  const parts = [symbol, element("bdi", {}, mark.name)];
  const made = isBeside
    ? element("button", { type: "button", class: "star-link btn btn-link" }, ...parts)
    : element("a", { href, class: "star-link" }, ...parts);
  made.addEventListener("click", (/** @type {any} */ event) => {
    if (!isBeside && isBrowsers(event)) return;
    event.preventDefault();
    go(href);
  });
  return made;
}

/** @param {string} title @param {Mark[]} found @param {boolean} isBeside */
const list = (title, found, isBeside) =>
  found.length &&
  element(
    "div",
    { class: "star-list" },
    element("h2", { class: "region-title" }, title),
    element("ul", {}, ...found.slice(0, SHOWN).map((one) => element("li", {}, link(one, isBeside)))),
  );

/** @param {HTMLElement} shelf */
function fill(shelf) {
  const kinds = (shelf.dataset.starShelf ?? "").split(" ");
  const mine = [...marks.values()].filter(({ kind }) => kinds.includes(kind));
  const starred = mine.filter((one) => one.starred).sort((a, b) => a.name.localeCompare(b.name));
  const recent = mine.filter((one) => one.opened_at && !one.starred).sort((a, b) => b.opened_at - a.opened_at);
  const text = JSON.stringify([starred, recent, said]);
  if (shelf.dataset.shown === text) return;
  shelf.dataset.shown = text;
  shelf.hidden = !starred.length && !recent.length;
  const lasts = sealed.lasts ? "They are kept, sealed, in this browser instead." : "They last as long as this page.";
  const note = said && element("p", { class: "star-note" }, `${said} ${lasts}`);
  const isBeside = shelf.localName === "nav";
  shelf.replaceChildren(
    ...[list("Starred", starred, isBeside), list("Recent", recent, isBeside), note].flatMap((one) => one || []),
  );
}

function paint() {
  for (const button of all("[data-star]")) {
    const on = marks.get(keyOf(thing(button.dataset.star)))?.starred ?? false;
    if (button.getAttribute("aria-pressed") === String(on)) continue;
    button.setAttribute("aria-pressed", String(on));
    button.title = on ? "Starred" : "Star";
    button.querySelector(".icon")?.setAttribute("class", `icon i-star${on ? "-fill" : ""}`);
  }
  for (const shelf of all("[data-star-shelf]")) fill(shelf);
}

/** @type {string} */
let visited = "";
/** The page is about this thing, and somebody looks at it. @param {HTMLElement} part */
async function visit(part) {
  const about = thing(part.dataset.opened);
  visited = keyOf(about);
  await new Promise((resolve) => setTimeout(resolve, SEEN));
  await known();
  if (!part.isConnected || Date.now() - (marks.get(visited)?.opened_at ?? 0) < VISIT) return;
  await send([{ ...about, opened_at: Date.now() }]);
}

whenChanged(() => {
  if (document.querySelector("#react-entry-point :is([data-star], [data-star-shelf])")) known();
  paint();
  const part = /** @type {HTMLElement | null} */ (document.querySelector("#react-entry-point [data-opened]"));
  if (!part) visited = "";
  else if (visited !== keyOf(thing(part.dataset.opened))) visit(part);
});

document.addEventListener("click", async (event) => {
  const button = closest(event, "[data-star]");
  if (!button) return;
  await known();
  const about = thing(button.dataset.star);
  const starred = !marks.get(keyOf(about))?.starred;
  await send([{ ...about, starred, starred_at: Date.now() }]);
});
