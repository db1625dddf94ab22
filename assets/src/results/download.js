// Downloads of results: a small one by the page itself, a large one by the browser, which takes it to disk as it comes.
//
// The page cannot see or break off what the browser downloads: how far it is, and its end, go by a ticket through the
// portal (portal/results/tickets.py).
import { element } from "../dom.js";
import { form, isAbort, post, send, wordsOf } from "../http.js";
import { count, counted, size } from "../text.js";
import { rerun } from "../warehouse/statements.js";
import { bar, part } from "./bar.js";
import { resultOf } from "./result.js";

/** @typedef {import("./result.js").Result} Result */

const SMALL = 32 * 1024 * 1024; // bytes of a result that may pass through the page's memory
const SMALL_ROWS = 100_000; // where nobody knows the bytes
const ASK_EVERY = 700;
const SILENT = 15000; // nothing is known of a download for so long: the browser shows it, we do not
const KEPT = 60000; // ms for which what the browser has begun to save is there

/** @param {number} time */
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/**
 * What the result's note shows meanwhile: words, a meter, and a way to stop.
 *
 * @param {string} id
 * @param {string} words
 * @param {() => void} stop
 * @returns {(said: string, share?: number) => void}
 */
function progress(id, words, stop) {
  const text = element("span", {}, words);
  const meter = element("progress", { max: 1, "aria-label": "Download" });
  const cancel = element("button", { type: "button", class: "btn btn-sm btn-link" }, "Cancel");
  cancel.addEventListener("click", () => {
    cancel.disabled = true;
    stop();
  });
  part(id, "note")?.replaceChildren(text, meter, cancel);
  return (said, share) => {
    text.textContent = said;
    if (share) meter.value = Math.min(share, 0.99);
  };
}

/** @param {boolean} ran */
const again = (ran) => (ran ? " The statement ran again for it." : "");

/**
 * The choice in the menu between what shows and all rows, where they differ.
 *
 * @param {string} id of a result
 */
export async function which(id) {
  const result = resultOf(id);
  const place = /** @type {HTMLElement | null} */ (bar(id)?.querySelector("[data-which]") ?? null);
  if (!result || !place) return;
  const isWhole = result.isWhole;
  place.hidden = isWhole;
  const key = JSON.stringify(result.view);
  if (isWhole || place.dataset.view === key) return;
  place.dataset.view = key;
  const total = result.filter.length
    ? await result.resolve().then(
        (found) => found.total,
        () => null,
      )
    : result.first.total;
  if (place.dataset.view !== key) return;
  const radio = (/** @type {string} */ value, /** @type {string} */ words, /** @type {boolean} */ checked) => {
    const field = element("input", { type: "radio", class: "form-check-input", name: `which-${id}`, value });
    field.checked = checked;
    return element("label", { class: "menu-item menu-check" }, field, element("span", { class: "menu-name" }, words));
  };
  const rows = total === null ? "" : ` (${count(total)})`;
  const columns = result.hidden.size ? `, ${counted(result.shownColumns.length, "column")}` : "";
  place.replaceChildren(
    radio("shown", `Rows shown${rows}${columns}`, true),
    radio("all", `${result.first.truncated ? "All fetched rows" : "All rows"} (${count(result.first.total)})`, false),
  );
}

/**
 * @param {Result} result
 * @param {string} extension
 * @param {{whole: boolean, all: boolean}} wanted `whole`: also the rows that were not fetched; `all`: not what shows
 */
export async function download(result, extension, { whole, all }) {
  const { id, first } = result;
  const isSmall = !whole && (first.bytes === null ? first.total < SMALL_ROWS : first.bytes <= SMALL);
  const shows = !whole && !all && !result.isWhole;
  const name = `result-${id.slice(0, 8)}${shows ? "-rows-shown" : ""}.${extension.replace(/-.*/, "")}`;
  try {
    const found = shows && !result.isPlain ? await result.resolve() : null;
    const arranged = found && !found.here ? found.id : undefined;
    const body = { ...rerun(id), whole, ...(shows && { view: result.view, arranged }) };
    await (isSmall ? fetched : streamed)(result, `results/${id}/download/${extension}`, body, name);
  } catch (error) {
    result.say(isAbort(error) ? "Download canceled." : `The download failed. ${wordsOf(error)}`);
  }
}

/**
 * @param {Result} result
 * @param {string} path
 * @param {object} body
 * @param {string} name
 */
async function fetched(result, path, body, name) {
  const stop = new AbortController();
  const show = progress(result.id, `Preparing ${name}… `, () => stop.abort());
  const { headers, body: stream } = await send(path, body, stop.signal);
  const expected = Number(headers.get("X-Portal-Estimate"));
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let received = 0;
  const reader = stream?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    received += value.length;
    show(`${name}: ${size(received)} `, expected ? received / expected : undefined);
  }
  const href = URL.createObjectURL(new Blob(parts, { type: headers.get("Content-Type") ?? "" }));
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT);
  result.say(`${name} downloaded, ${size(received)}.${again(headers.get("X-Portal-Ran-Again") === "1")}`);
}

/**
 * A form's answer, into a frame that no one sees: the browser streams it to disk. A refusal is the frame's document.
 *
 * @param {Result} result
 * @param {string} path
 * @param {object} body
 * @param {string} name
 */
async function streamed(result, path, body, name) {
  const ticket = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  let refused = "";
  const frame = element("iframe", { name: `download-${ticket}`, hidden: true, title: "Download" });
  const asking = form(path, { ...body, ticket }, frame.name);
  document.body.append(frame, asking);
  frame.addEventListener("load", () => {
    const said = frame.contentDocument?.body.textContent;
    if (said) refused = reason(said);
  });
  const ask = (more = {}) => post(`downloads/${ticket}`, more);
  const show = progress(result.id, `Preparing ${name}… `, () => ask({ stop: true }).catch(() => {}));
  asking.submit();
  asking.remove();
  try {
    for (let silence = 0; silence < SILENT; silence += ASK_EVERY) {
      await pause(ASK_EVERY);
      if (refused) throw new Error(refused);
      const found = await ask().catch(() => ({ state: null }));
      if (!found.state) continue;
      silence = 0;
      const said = ended(found, name);
      if (said) return result.say(said);
      const { rows, bytes, expected } = found;
      const all = expected ? ` of ${count(expected)}` : "";
      show(`${name}: ${size(bytes)}, ${count(rows)}${all} rows `, expected ? rows / expected : undefined);
    }
    result.say(`${name}: the browser's own downloads show how far it is.`);
  } finally {
    setTimeout(() => frame.remove(), KEPT); // what the browser has begun goes on without it
  }
}

/**
 * What to say of a download that has ended; null while it runs.
 *
 * @param {{state: string, bytes: number, rows: number, ran_again: boolean}} found
 * @param {string} name
 */
export function ended({ state, bytes, rows, ran_again: ran }, name) {
  if (state === "running") return null;
  if (state === "ok") return `${name} downloaded, ${size(bytes)}, ${count(rows)} rows.${again(ran)}`;
  if (state === "stopped") return "Download canceled.";
  throw new Error("What has come of the file is not whole. Start it again.");
}

/** @param {string} text */
export function reason(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return text.slice(0, 200);
  }
}
