// What is changed of the browser's own for Dash's sake: each with the version it was seen in, why, and its test.
//
// Dash 4.4.1, `window.fetch` of `_dash-update-component` (tests/js/patches.test.js, tests/browser/test_home.py):
// - A region that the layout has drawn already (`again` is -1) is not asked for on the page's first call: the portal would
//   answer that there is nothing to do, and home alone would send four such questions on each visit. Dash's own means,
//   `prevent_initial_call` and a kick, would be one more thing for each page's author to know.
// - A state that a callback left where it has no output of its own (portal.ui.states, `data-of`) goes when that callback
//   succeeds: Dash tells nobody of a success.
// - A callback that was refused (too often, too much, another site's) brings the state to show; Dash reads only a 200.

import { setProps } from "./dash.js";
import { all } from "./dom.js";

const CALLBACK = "_dash-update-component";
const NAMED = 120; // characters of a callback's name in `data-of` (portal.web.callbacks)

/**
 * Whether a call of Dash's asks for nothing but what the layout has drawn.
 *
 * @param {unknown} body
 */
export function isDrawn(body) {
  if (typeof body !== "string") return false;
  const { changedPropIds, inputs = [] } = JSON.parse(body);
  if (changedPropIds?.length) return false;
  return inputs.some((/** @type {any} */ input) => input.value === -1 && input.id?.part === "again");
}

/**
 * A refusal in JSON as an answer that Dash reads.
 *
 * @param {Response} answer
 */
export function readable(answer) {
  const said = answer.status >= 400 && answer.headers.get("Content-Type")?.includes("json");
  return said ? new Response(answer.body, { status: 200, headers: answer.headers }) : answer;
}

/**
 * The callback has succeeded: what it left of a failure goes. What it says now, Dash draws after this.
 *
 * @param {unknown} body of the call
 */
function clear(body) {
  if (typeof body !== "string" || !document.querySelector("[data-of]")) return;
  const name = String(JSON.parse(body).output).slice(0, NAMED);
  for (const state of all("[data-of]")) {
    const id = state.parentElement?.id ?? "";
    if (state.dataset.of === name) setProps(id.startsWith("{") ? JSON.parse(id) : id, { children: null });
  }
}

/**
 * @param {typeof fetch} send
 * @returns {typeof fetch}
 */
export function patched(send) {
  return (address, options) => {
    if (!String(address).includes(CALLBACK)) return send(address, options);
    if (isDrawn(options?.body)) return Promise.resolve(new Response(null, { status: 204 }));
    return send(address, options).then((answer) => {
      if (answer.status === 200) clear(options?.body);
      return readable(answer);
    });
  };
}
