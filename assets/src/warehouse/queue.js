// Several statements run one after the other: each is asked for when the one before it has succeeded. Where one has not, or
// the viewer stops, the server draws of the rest that they were not run (pages/warehouse_run.py).
import * as asks from "./asks.js";
import { drafts } from "./drafts.js";
import { regionsOf } from "./owners.js";
import { page, running, waits } from "./statements.js";

/** @typedef {{ask: Record<string, any>, sent: string, stopped: boolean}} Queue what was run, the region asked for last */

/** @type {Map<string, Queue>} by draft */
const queues = new Map();

/** @param {Record<string, any>} ask what Run sent */
export const begin = (ask) => queues.set(ask.draft, { ask, sent: "", stopped: false });

/** The one that runs goes on; no other of its draft is begun after it. */
export function stop() {
  const queue = queues.get(drafts.active);
  if (queue) queue.stopped = true;
  goOn();
}

/**
 * @param {string} draft
 * @param {Queue} queue
 */
function step(draft, queue) {
  const regions = regionsOf(draft);
  const at = regions.findIndex((region) => waits(page.states.get(region)));
  const region = regions[at];
  if (at < 1 || queue.sent === region) return;
  const before = page.states.get(regions[at - 1]);
  if (running(before) && !queue.stopped) return;
  const good = before?.state === "SUCCEEDED" || before?.state === "USED";
  const off = queue.stopped ? "stopped" : good ? null : "failed";
  const piece = page.states.get(region)?.piece ?? 0;
  const { catalog = queue.ask.catalog, schema = queue.ask.schema } = before ?? {};
  queue.sent = region;
  queue.ask = { ...queue.ask, catalog, schema };
  const { ask } = queue;
  asks.send(() => {
    const panel = asks.placeOf(region);
    return panel < 0 ? null : { ...ask, ended: [], turn: { piece, panel, off } };
  });
}

/** Called whenever a statement's state has changed. */
export function goOn() {
  for (const [draft, queue] of queues) step(draft, queue);
}

// What waits is known to this page alone.
window.addEventListener("beforeunload", (event) => {
  if ([...page.states.values()].some(waits)) event.preventDefault();
});
