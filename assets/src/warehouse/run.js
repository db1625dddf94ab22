// Running what is written, and cancelling what runs.
import { setProps } from "../dash.js";
import { by } from "../dom.js";
import { on } from "../events.js";
import * as asks from "./asks.js";
import { drafts } from "./drafts.js";
import { editor } from "./editor.js";
import { poll } from "./follow.js";
import { update } from "./link.js";
import { say } from "./note.js";
import { ownerOf, regionsOf } from "./owners.js";
import * as queue from "./queue.js";
import { line } from "./runline.js";
import { opened, opening } from "./saved.js";
import { FIRST_WAIT, page, running, waits } from "./statements.js";
import { limit } from "./where.js";

const MOST = 6; // drafts whose results stay in the page; those of others are had back as one returns to them

/**
 * Whether a panel gives way to what its draft runs now: it has ended, or nobody has looked at its draft for long.
 *
 * @param {string} draft
 */
function givesWay(draft) {
  const here = new Set([draft, ...drafts.recent.filter((id) => regionsOf(id).length).slice(0, MOST)]);
  return (/** @type {string} */ region) => {
    const state = page.states.get(region);
    // One that came a moment ago has not been heard of yet: it stays.
    if (!state || running(state)) return false;
    const owner = ownerOf(region);
    return owner === draft || (!here.has(owner) && !waits(state));
  };
}

/** @param {boolean} everything all statements, not the one at the cursor */
export function run(everything) {
  // What is being opened is what is meant.
  if (opening()) {
    opened().then((there) => there && run(everything));
    return;
  }
  const surface = editor();
  const draft = drafts.active;
  const button = by("warehouse-run");
  // It is disabled while Dash waits for an answer: of this very draft, or of another one, which this one waits for.
  if (!button || !surface || (button.matches(":disabled") && page.asking.has(draft))) return;
  page.asking.set(draft, Date.now());
  page.everything = everything;
  surface.mark([]);
  say("");
  setProps("page-state", { children: null });
  const ask = { ...surface.chosen(), draft, all: everything, limit: limit()?.value };
  asks.send(() => {
    queue.begin(ask);
    return { ...ask, ended: asks.places(givesWay(draft)) };
  });
  update();
  line();
}
on("portal:run", ({ everything }) => run(everything));

export function cancel() {
  const state = page.states.get(page.shown ?? "");
  if (waits(state)) queue.stop();
  if (!state || !running(state) || page.stopping.has(state.id)) return;
  page.stopping.add(state.id);
  setProps("warehouse-stop", { data: { id: state.id, n: Date.now() } });
  poll(state.id, FIRST_WAIT);
  line();
}
