// Following statements: Dash draws panels (one a statement) and answers where each stands; this decides when to ask, with
// back-off, never while the page is hidden, and again when an answer stays out or the network returns.
import { askAgain, callbacks, context, noUpdate } from "../dash.js";
import { by } from "../dom.js";
import { on, tell } from "../events.js";
import { post } from "../http.js";
import { asked, ask as replaceQuery } from "../navigate.js";
import * as asks from "./asks.js";
import { isEdited } from "./draft.js";
import { drafts } from "./drafts.js";
import { editor, setWhere } from "./editor.js";
import { update } from "./link.js";
import * as owners from "./owners.js";
import * as picker from "./picker.js";
import { goOn } from "./queue.js";
import { back } from "./return.js";
import { line, show } from "./runline.js";
import { opening } from "./saved.js";
import { markers } from "./sqltext.js";
import * as statements from "./statements.js";

/** @typedef {statements.State} State */

const { page, running, FIRST_WAIT, LONGEST_WAIT } = statements;
const LOST_AFTER = 20000; // an answer that stays out so long is asked for again
const HANDED_ON = 1500; // ms after which a Run that brought no panel is over

// When to ask

/** @param {string} region */
function ask(region) {
  const known = page.polls.get(region) ?? { since: Date.now(), wait: FIRST_WAIT, sentAt: 0 };
  page.polls.set(region, { ...known, sentAt: Date.now(), timer: undefined });
  askAgain(region);
}

/**
 * @param {string} region
 * @param {number} wait
 */
export function poll(region, wait) {
  const known = page.polls.get(region);
  clearTimeout(known?.timer);
  /** @type {statements.Poll} */
  const next = { since: known?.since ?? Date.now(), wait, sentAt: 0 };
  next.timer = setTimeout(() => {
    if (document.hidden) next.due = true;
    else ask(region);
  }, wait);
  page.polls.set(region, next);
}

/** @param {string} region */
function leave(region) {
  clearTimeout(page.polls.get(region)?.timer);
  page.polls.delete(region);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const [region, known] of page.polls) if (known.due) ask(region);
});
window.addEventListener("online", () => {
  for (const [region, known] of page.polls) if (known.sentAt || known.due) ask(region);
});

setInterval(() => {
  if (!by("warehouse-panels") || document.hidden) return;
  // The button is disabled while Dash waits for the answer; one that brought no panel (a state was drawn) ends it too.
  if (by("warehouse-run")?.matches(":disabled")) page.handedOn = Date.now();
  else if (asks.since() && page.handedOn > asks.since() && Date.now() - page.handedOn > HANDED_ON) {
    page.asking.clear();
    asks.over();
  }
  line();
  picker.draw();
  for (const [region, { sentAt }] of page.polls) if (sentAt && Date.now() - sentAt > LOST_AFTER) ask(region);
}, 100);

// What came

/**
 * A statement that goes on and has been asked about: when next.
 *
 * @param {string} region
 * @param {State} state
 */
function next(region, state) {
  const last = page.polls.get(region);
  const hurry = page.stopping.has(state.id) || !last;
  // A panel from the address asks by itself when it appears; its first answer comes with a request id.
  if (state.trouble) poll(region, 2 * LONGEST_WAIT);
  else if (state.state) poll(region, hurry ? FIRST_WAIT : statements.waitAfter(Date.now() - last.since));
}

/**
 * A statement that has ended, or is not followed any more.
 *
 * @param {string} region
 * @param {State} known
 * @param {State | undefined} before
 */
function over(region, known, before) {
  leave(region);
  page.stopping.delete(known.id);
  if (known.seconds === undefined && known.started && running(before)) {
    known.seconds = (Date.now() - known.started) / 1000;
  }
  const own = known.id === region;
  if (own && statements.hasEnded(known) && known.seconds !== undefined) {
    statements.remember(region, { seconds: known.seconds });
  }
}

/**
 * One panel's state.
 *
 * @param {string} region
 * @param {State} state
 * @param {State | undefined} before
 */
function take(region, state, before) {
  const known = { ...statements.contextOf(state.id), ...state };
  page.states.set(region, known);
  if (!before) {
    // What the picker says is then of before it stopped.
    if (state.stopped) picker.look();
    if (state.started && state.id === region) statements.remember(region, statements.remembered(state));
    const path = [state.catalog, state.schema].filter((part) => typeof part === "string");
    if (state.state === "USED") setWhere(path, owners.ownerOf(region));
  }
  if (!running(known)) over(region, known, before);
  else if (!before || before.request !== state.request) next(region, state);
  const isKnown = !state.state || region.startsWith("none-") || state.trouble || known.started;
  if (!isKnown) learn(region);
}

/**
 * Called by Dash with the state of every panel, whenever one of them changes.
 *
 * @param {State[]} states
 */
function follow(states) {
  const before = page.states;
  page.states = new Map();
  /** @type {string[]} */
  const regions = context().inputs_list[0].map((/** @type {any} */ input) => input.id.region);
  states.forEach((state, index) => {
    take(regions[index], state, before.get(regions[index]));
  });
  for (const region of page.polls.keys()) if (!page.states.has(region)) leave(region);
  for (const region of regions) if (!before.has(region)) came(region);
  mark();
  settle();
  requestAnimationFrame(show);
  goOn();
  tell("portal:running", { states: page.states, ownerOf: owners.ownerOf });
  return noUpdate();
}
callbacks("warehouse", { follow });

/**
 * A panel that is new: what has just been run shows, of its draft.
 *
 * @param {string} region
 */
function came(region) {
  const { draft = "", back } = page.states.get(region) ?? {};
  const owner = owners.ownerOf(region);
  if (!draft || back || !owner) return;
  const first = page.asking.delete(draft) || !regionShown(owner);
  // Of several that begin at once the first shows; then each as its turn comes.
  if (first || !statements.waits(page.states.get(region))) drafts.change({ shown: region }, owner);
}

/** @param {string} draft */
function regionShown(draft) {
  const regions = owners.regionsOf(draft);
  const { shown } = drafts.get(draft) ?? {};
  return shown && regions.includes(shown) ? shown : null;
}

/** What a draft has run is kept with it, and what the draft that shows has run is what the page shows, and its address. */
function settle() {
  if (!drafts.loaded) return;
  for (const draft of new Set([...page.states.keys()].map(owners.ownerOf))) {
    const ids = owners.regionsOf(draft).filter((region) => !region.startsWith("none-"));
    const known = drafts.get(draft)?.statements ?? [];
    if (ids.length !== known.length || ids.some((id, index) => id !== known[index])) {
      drafts.change({ statements: ids }, draft);
    }
  }
  const regions = owners.regionsOf(drafts.active);
  page.shown = regionShown(drafts.active) ?? regions[0] ?? null;
  address();
}

/** Another draft shows: so do its results, which the server is asked for where they are not here any more. */
function switched() {
  if (!editor()) return;
  settle();
  update();
  mark();
  show();
  back(drafts.active);
}
on("portal:draft", switched);
on("portal:left", () => {
  for (const region of page.polls.keys()) leave(region);
  page.states.clear();
  page.asking.clear();
  page.stopping.clear();
  page.shown = null;
  asks.leave();
  owners.leave();
});

/** @type {Set<string>} */
const learned = new Set();

/**
 * A statement of another browser, or another tool: when it began, how long it took and its text, as Databricks knows.
 *
 * @param {string} region
 */
async function learn(region) {
  if (learned.has(region)) return;
  learned.add(region);
  const found = await post(`results/${region}/past`, {}).catch(() => null);
  if (!found?.started) return; // the history lags behind
  const { started, seconds, sql } = found;
  // With parameters, whose values nobody knows here, the text alone does not run again.
  const runs = markers(sql).length ? {} : { sql };
  const known = { started, title: sql, ...(seconds !== null && { seconds }), ...runs };
  statements.remember(region, known);
  const state = page.states.get(region);
  if (state) page.states.set(region, { ...known, ...state });
  const owner = owners.ownerOf(region);
  if (owner && drafts.isBlank(owner)) {
    drafts.change({ sql }, owner);
    tell("portal:draft");
  }
  show();
}

// Errors in the editor, while its text is what ran.
function mark() {
  const surface = editor();
  if (!surface || !page.states.size) return;
  const text = surface.text();
  const states = owners.regionsOf(drafts.active).flatMap((region) => page.states.get(region) ?? []);
  const found = states.flatMap(({ error, sql, start }) =>
    error?.line && sql && text.startsWith(sql, start) ? [error] : [],
  );
  surface.mark(found);
}

// The address names the statements, so that a reload, another tab or another person's look finds them.
function address() {
  const wanted = asked();
  wanted.delete("statement");
  wanted.delete("shown");
  // A saved query that has not been edited is its own address.
  const { saved } = drafts.current;
  if (saved && !isEdited(drafts.current)) wanted.set("query", saved.id);
  else if (!opening()) wanted.delete("query");
  for (const id of drafts.current.statements) wanted.append("statement", id);
  replaceQuery(wanted);
}
