// The statements of the warehouse page: where each stands, which one shows, and what this browser remembers of them.
import { sealed } from "../sealed.js";

/**
 * @typedef {{
 *   id: string, state: string, request?: string, rows?: number, truncated?: boolean, started?: number,
 *   seconds?: number | null, warehouseState?: string | null, stopped?: boolean, trouble?: string, lasting?: boolean,
 *   sql?: string, title?: string, start?: number, params?: Record<string, {type: string, value: string}>,
 *   catalog?: string | null, schema?: string | null, warehouse?: string | null, limit?: number | null,
 *   error?: EditorError, piece?: number, draft?: string, back?: boolean,
 * }} State what is known of a statement (portal.ui.resultview); `started` in ms since 1970; `lasting`: its `trouble` does not
 *   pass by itself; `draft`: whose it is; `back`: it was run before, and is shown again
 */
/** @typedef {{line: number, column?: number | null, message: string}} EditorError from 1, in the editor's text */
/** @typedef {{since: number, wait: number, sentAt: number, due?: boolean, timer?: ReturnType<typeof setTimeout>}} Poll */

const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELED", "CLOSED", "REFUSED", "USED", "SKIPPED"]);
export const FIRST_WAIT = 250;
export const LONGEST_WAIT = 3000;
const CONTEXTS = 50;
const CONTEXT_TEXT = 500000; // characters of their SQL
const KEY = "statements";

export const page = {
  /** @type {Map<string, State>} by region, in the order of the panels */
  states: new Map(),
  /** @type {string | null} the region that shows, of the draft that shows */
  shown: null,
  /** Whether the last Run was of all statements. */
  everything: false,
  /** @type {Map<string, number>} when Run was pressed in a draft, of which nothing has come back yet */
  asking: new Map(),
  /** When the button was last seen waiting for Dash's answer. */
  handedOn: 0,
  /** @type {Set<string>} ids that are being cancelled */
  stopping: new Set(),
  /** @type {Map<string, Poll>} by region */
  polls: new Map(),
  /** The draft in which "Start it and run" was pressed. */
  runOnceAwake: "",
};

/** @param {State} state */
export const hasEnded = (state) => ENDED.has(state.state);

/**
 * Whether a statement goes on. What passes by itself does not end the following of it: it runs in Databricks all the same.
 *
 * @param {State | undefined} state
 */
export const running = (state) => state !== undefined && !hasEnded(state) && !state.lasting && !waits(state);

/**
 * Whether it is to run after others.
 *
 * @param {State | undefined} state
 */
export const waits = (state) => state?.state === "WAITING";

/**
 * How long to wait until it is looked at again. The longer it has been followed the later: an end is seen within a sixth of
 * the time that the statement took.
 *
 * @param {number} since ms for which it has been followed
 */
export const waitAfter = (since) => Math.min(Math.max(FIRST_WAIT, since / 6), LONGEST_WAIT);

/** @typedef {Partial<State>} Context what this browser knows of a statement beyond what Databricks says */

/** @returns {Record<string, Context>} by id */
const contexts = () => sealed.read(KEY) ?? {};

/**
 * @param {string} id
 * @returns {Context}
 */
export const contextOf = (id) => contexts()[id] ?? {};

/**
 * The newest of what is remembered, with as much of their SQL as there is room for: drafts live in the same few megabytes,
 * and come first.
 *
 * @param {Record<string, Context>} all
 */
export function newest(all) {
  const kept = Object.entries(all)
    .sort(([, a], [, b]) => (b.started ?? 0) - (a.started ?? 0))
    .slice(0, CONTEXTS);
  let room = CONTEXT_TEXT;
  const fitted = kept.map(([id, known]) => {
    room -= known.sql?.length ?? 0;
    const { sql: _, ...others } = known;
    return [id, room < 0 ? others : known];
  });
  return Object.fromEntries(fitted);
}

/**
 * Where nothing can be kept, elapsed times start anew.
 *
 * @param {string} id
 * @param {Context} more
 */
export function remember(id, more) {
  const all = contexts();
  all[id] = { ...all[id], ...more };
  sealed.write(KEY, newest(all));
}

/**
 * What is remembered of a statement that was run here.
 *
 * @param {State} state
 * @returns {Context}
 */
export function remembered({ started, sql, catalog, schema, warehouse, params, limit }) {
  return { started, sql, catalog, schema, warehouse, params, limit };
}

/**
 * How the server can run a statement once more, as this browser remembers it; null where it does not.
 *
 * @param {string} id
 */
export function rerun(id) {
  const { sql, params, catalog, schema, warehouse, limit } = { ...contextOf(id), ...page.states.get(id) };
  return sql ? { sql, params: params ?? {}, catalog, schema, warehouse, limit: limit ?? null } : null;
}

const KEPT = 3600000; // ms for which Databricks keeps a result

/**
 * Other statements of this browser whose results are still there, the newest first; those of the same text before them.
 *
 * @param {string} id
 * @param {number} [now] ms since 1970
 * @returns {{id: string, sql: string, started: number}[]}
 */
export function others(id, now = Date.now()) {
  const own = { ...contextOf(id), ...page.states.get(id) }.sql;
  /** @type {Record<string, Context>} */
  const known = { ...contexts() };
  for (const state of page.states.values())
    if (state.state === "SUCCEEDED") known[state.id] = { ...known[state.id], ...state };
  return Object.entries(known)
    .filter(([other, { started = 0, seconds, state = "SUCCEEDED" }]) => {
      const there = state === "SUCCEEDED" && (seconds ?? null) !== null && now - started < KEPT;
      return other !== id && !other.startsWith("none-") && there;
    })
    .map(([other, { sql, title, started }]) => ({ id: other, sql: sql ?? title ?? "", started: started ?? 0 }))
    .sort((a, b) => Number(b.sql === own) - Number(a.sql === own) || b.started - a.started)
    .slice(0, 30);
}
