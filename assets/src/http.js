// Every request of ours to the portal. Dash sends its own.

/** A refusal, in the words of the state that the portal answered with. */
export class Refusal extends Error {
  /**
   * @param {string} message
   * @param {string} kind name of the state: `not-permitted`; `offline` where there was no answer at all
   * @param {number} status of HTTP; 0 where there was no answer
   * @param {{request_id?: string, line?: number, position?: number}} more
   */
  constructor(message, kind, status, more = {}) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.request = more.request_id;
    /** Where in the SQL the error is, from 1. */
    this.line = more.line;
    this.position = more.position;
  }
}

const root = () => {
  const config = document.getElementById("_dash-config");
  return config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";
};

/**
 * The address of a path of ours (`results/…`), below where the portal is mounted.
 *
 * @param {string} below
 * @returns {string}
 */
export const path = (below) => root() + below;

/** @param {Response} answer */
async function refusal(answer) {
  const found = await answer.json().catch(() => ({}));
  const { status } = answer;
  return new Refusal(found.message || `The portal answered ${status}.`, found.error || "failed", status, found);
}

/**
 * POST to a whole address. Raises `Refusal`, or what `fetch` raises where it was aborted.
 *
 * @param {string} address
 * @param {RequestInit} options
 */
async function posted(address, options) {
  let answer;
  try {
    answer = await fetch(address, { method: "POST", credentials: "same-origin", ...options });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Refusal("The portal cannot be reached.", "offline", 0);
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

/** @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

/**
 * What to say of an error.
 *
 * @param {unknown} error
 */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {unknown} error */
const statusOf = (error) => (error instanceof Refusal ? error.status : undefined);

/**
 * Whether the viewer has to sign in first.
 *
 * @param {unknown} error
 */
export const isSignIn = (error) => statusOf(error) === 401;

/**
 * Whether the viewer may not have it at all: they sign in, or are not permitted, or there is no such thing for them.
 *
 * @param {unknown} error
 */
export const isNotTheirs = (error) => [401, 403, 404].includes(statusOf(error) ?? 0);

/**
 * POST JSON to a path of ours; the answer as it comes.
 *
 * @param {string} below
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
export function send(below, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return posted(path(below), { headers, body: JSON.stringify(body), ...(signal && { signal }) });
}

/**
 * POST JSON to a path of ours; the JSON that comes back.
 *
 * @param {string} below
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export const post = async (below, body, signal) => (await send(below, body, signal)).json();

/**
 * POST nothing to an address that the page names.
 *
 * @param {string} address
 */
export const press = (address) => posted(address, {});

/**
 * A form that posts to a path of ours, as the browser itself does: its answer may be saved to disk as it comes.
 *
 * @param {string} below
 * @param {Record<string, unknown>} fields null and undefined are left out
 * @param {string} target name of a frame
 */
export function form(below, fields, target) {
  const made = document.createElement("form");
  Object.assign(made, { method: "post", action: path(below), target, hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    const field = document.createElement("textarea"); // keeps the lines of SQL
    field.name = name;
    field.value = typeof value === "object" ? JSON.stringify(value) : String(value);
    made.append(field);
  }
  return made;
}
