// Statements that run, from wherever in the portal one is: how many, in the shell and in the tab's title, with a click that
// leads back; and a quiet notice when one ends that does not show. The warehouse page follows its own; those of drafts
// that are not in the page, and all of them on other pages, are looked at here.
import { all, by, closest, element, icon } from "../dom.js";
import { on, tell } from "../events.js";
import { isNotTheirs, isSignIn, path, post, Refusal } from "../http.js";
import { go } from "../navigate.js";
import * as store from "../store.js";
import { count, counted, excerpt } from "../text.js";
import { whenChanged } from "../timing.js";
import { drafts, HERE } from "../warehouse/drafts.js";
import { hasEnded, page, running as runs, waitAfter } from "../warehouse/statements.js";

/** @typedef {{draft: string, title: string, since: number, due: number, asked: boolean}} Followed */

export const KEY = "portal-running"; // ids and their drafts, over a reload of this tab; their SQL stays in memory
const LONGEST = 48;
/** @type {Map<string, Followed>} by statement */
const followed = new Map();

function remembered() {
  try {
    /** @type {[string, string][]} */
    const found = JSON.parse(store.tab.read(KEY) ?? "[]");
    for (const [id, draft] of found) add(id, draft, "");
  } catch {
    // then there are none
  }
}
/**
 * @param {string} id
 * @param {string} draft
 * @param {string} title
 */
function add(id, draft, title) {
  const known = followed.get(id);
  const now = Date.now();
  followed.set(id, { since: now, due: now, asked: false, ...known, draft, title: title || known?.title || "" });
}
function keep() {
  const text = JSON.stringify([...followed].map(([id, { draft }]) => [id, draft]));
  store.tab.write(KEY, followed.size ? text : null);
  draw();
}

// What the warehouse page knows

on("portal:running", ({ states, ownerOf }) => {
  for (const [region, state] of states) {
    if (region.startsWith("none-")) continue;
    const draft = ownerOf(region);
    if (runs(state)) add(region, draft, state.sql ?? state.title ?? "");
    else if (followed.has(region)) ended(region, state.state, state.rows, draft === drafts.active);
  }
  keep();
});

// What it does not

const isHere = () => by("warehouse-panels") !== null;

/**
 * @param {string} id
 * @param {Followed} one
 */
async function look(id, one) {
  one.asked = true;
  try {
    const { state, total } = await post(`results/${id}/state`, {});
    if (hasEnded({ id, state })) ended(id, state, total ?? undefined, false);
  } catch (error) {
    if (error instanceof Refusal && error.kind === "statement-failed") ended(id, "FAILED", undefined, false);
    else if (isNotTheirs(error) && !isSignIn(error)) followed.delete(id);
  }
  one.asked = false;
  one.due = Date.now() + waitAfter(Date.now() - one.since);
  keep();
}
setInterval(() => {
  if (document.hidden) return;
  for (const [id, one] of followed) {
    const pages = isHere() && page.states.has(id);
    if (!pages && !one.asked && one.due <= Date.now()) look(id, one);
  }
}, 500);

// What is shown

/**
 * @param {string} id
 * @param {string} state
 * @param {number | undefined} rows
 * @param {boolean} shows
 */
function ended(id, state, rows, shows) {
  const { draft = "", title = "" } = followed.get(id) ?? {};
  followed.delete(id);
  if (shows || state === "CANCELED") return;
  const name = title ? `“${excerpt(title, LONGEST)}”` : "A statement";
  const how =
    state === "SUCCEEDED" ? ` has succeeded${rows === undefined ? "" : `: ${counted(rows, "row")}`}.` : " has failed.";
  notice(name + how, draft);
}

/**
 * @param {string} words
 * @param {string} draft
 */
function notice(words, draft) {
  const show = element("button", { type: "button", class: "btn btn-sm btn-link" }, "Show");
  const close = element("button", { type: "button", class: "icon-button notice-close", "aria-label": "Close notice" });
  close.append(icon("x-lg"));
  const made = element("div", { class: "notice" }, element("span", {}, words), show, close);
  show.addEventListener("click", () => {
    made.remove();
    back(draft);
  });
  close.addEventListener("click", () => made.remove());
  place().append(made);
}
function place() {
  const known = by("notices");
  if (known) return known;
  const made = element("div", { id: "notices", class: "notices", role: "status", "aria-label": "Notices" });
  document.body.append(made);
  return made;
}

/** @param {string} draft the page of it, and it shows */
function back(draft) {
  if (drafts.loaded) drafts.select(draft);
  else store.tab.write(HERE, draft);
  if (isHere()) tell("portal:draft");
  else go(path("warehouse"));
}

function draw() {
  const words = followed.size ? `${count(followed.size)} running` : "";
  for (const holder of all("[data-running]")) {
    if (holder.textContent === words) continue;
    const about = { type: "button", class: "running", title: "Return to the statement that runs" };
    holder.replaceChildren(
      ...(words ? [element("button", about, element("span", { class: "running-mark" }), words)] : []),
    );
  }
  const plain = document.title.replace(/^\(\d+\) /, "");
  const titled = followed.size ? `(${followed.size}) ${plain}` : plain;
  if (document.title !== titled) document.title = titled;
}
document.addEventListener("click", (event) => {
  if (!closest(event, ".running")) return;
  const [first] = followed.values();
  if (first) back(first.draft);
});

remembered();
whenChanged(draw);
