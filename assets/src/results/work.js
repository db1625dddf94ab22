// What the server works out of a result: by itself, or by a statement of the warehouse that has to end first.
import { post } from "../http.js";
import { rerun } from "../warehouse/statements.js";

/** @typedef {(text: string, cancel?: string | null) => void} Say `cancel`: id of a statement that may be cancelled */

/**
 * Waits for a statement.
 *
 * @param {string} id
 * @returns {Promise<any>} its state, once it has succeeded
 */
export async function ended(id) {
  for (;;) {
    const found = await post(`results/${id}/state`, {});
    if (found.state === "SUCCEEDED") return found;
    if (found.state === "CANCELED") throw new Error("Canceled.");
    if (found.state === "CLOSED") throw new Error("It expired; try again.");
  }
}

/**
 * @param {{id: string}} result
 * @param {string} path
 * @param {object} body
 * @param {Say} say
 * @returns {Promise<any>}
 */
export async function work({ id }, path, body, say) {
  const asked = { ...body, again: rerun(id) };
  const first = await post(`results/${id}/${path}`, asked);
  if (!first.id) return first;
  say("The warehouse works it out; this result is too large for the portal…", first.id);
  await ended(first.id);
  return post(`results/${id}/${path}`, { ...asked, from: first.id });
}

/** @param {boolean} here whether the portal did it, else the warehouse */
export const byWhom = (here) => (here ? "by the portal" : "by the warehouse");
