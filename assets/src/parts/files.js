// Files between the browser and a volume (portal.ui.filetransfer, portal/web/files.py): sent in parts, each a request, so
// that nothing has to hold a whole file; fetched by the browser itself, which takes what comes to disk.
import { setProps } from "../dash.js";
import { closest, element } from "../dom.js";
import { form, isAbort, path, post, Refusal, wordsOf } from "../http.js";
import { size } from "../text.js";
import { add } from "./drawings.js";

/** @typedef {{into: string, ticket: string, label: string, accept: string, most: number, folder: string}} Upload */

const TRIES = 4; // of a part: a line that broke, a service that is busy
const PASSING = new Set([0, 429, 502, 503, 504]);
const KEPT = 60000; // ms for which what the browser has begun to save is there

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A part, tried again where what stood in its way passes by itself.
 *
 * @param {string} upload
 * @param {number} number from 1
 * @param {Blob} bytes
 * @param {AbortSignal} signal
 */
async function sent(upload, number, bytes, signal) {
  const headers = { "Content-Type": "application/octet-stream", "X-Portal-Upload": upload };
  for (let tried = 1; ; tried += 1) {
    try {
      const answer = await fetch(path(`files/upload/part?number=${number}`), {
        method: "POST",
        credentials: "same-origin",
        headers,
        body: bytes,
        signal,
      }).catch((error) => {
        if (isAbort(error)) throw error;
        throw new Refusal("The portal cannot be reached.", "offline", 0);
      });
      const found = await answer.json().catch(() => ({}));
      if (answer.ok) return found;
      const words = found.message || `The portal answered ${answer.status}.`;
      throw new Refusal(words, found.error || "failed", answer.status, found);
    } catch (error) {
      if (!(error instanceof Refusal) || !PASSING.has(error.status) || tried >= TRIES) throw error;
      await pause(1000 * tried);
      signal.throwIfAborted();
    }
  }
}

/**
 * Sends a file; what the portal says of it when it is there.
 *
 * @param {Upload} spec
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} show
 */
async function send(spec, file, signal, show) {
  const { upload, part } = await post(
    "files/upload/begin",
    { ticket: spec.ticket, name: file.name, size: file.size },
    signal,
  );
  const etags = [];
  try {
    for (let at = 0; at === 0 || at < file.size; at += part) {
      const bytes = file.slice(at, at + part);
      const answer = await sent(upload, at / part + 1, bytes, signal);
      if (answer.file) return answer.file;
      etags.push(answer.etag);
      show(at + bytes.size);
    }
    return (await post("files/upload/end", { upload, etags }, signal)).file;
  } catch (error) {
    post("files/upload/abort", { upload }).catch(() => {}); // the storage forgets what nobody completes
    throw error;
  }
}

add("upload", (/** @type {Upload} */ spec) => {
  const input = element("input", {
    type: "file",
    class: "visually-hidden",
    accept: spec.accept || null,
    tabindex: -1,
    "aria-label": spec.label,
  });
  const button = element("button", { type: "button", class: "btn btn-outline-secondary" }, spec.label);
  const hint = element("span", { class: "file-hint" }, `or drop it here: up to ${size(spec.most)}, to ${spec.folder}`);
  const said = element("span", { role: "status", class: "file-said" });
  const meter = element("progress", { max: 1, value: 0, "aria-label": "Upload", hidden: true });
  const cancel = element("button", { type: "button", class: "btn btn-sm btn-link", hidden: true }, "Cancel");
  const line = element("div", { class: "file-line" }, meter, said, cancel);
  const place = element("div", { class: "file-place" }, button, input, hint);
  /** @type {AbortController | null} */
  let under = null;

  /** @param {File | undefined} file */
  async function take(file) {
    if (!file || under) return;
    said.className = "file-said";
    if (file.size > spec.most) {
      said.classList.add("is-bad");
      said.textContent = `${file.name} has ${size(file.size)}: more than the ${size(spec.most)} that may be sent.`;
      return;
    }
    const stop = new AbortController();
    under = stop;
    button.disabled = true;
    meter.hidden = cancel.hidden = false;
    meter.value = 0;
    said.textContent = `${file.name}: sending…`;
    try {
      const found = await send(spec, file, stop.signal, (bytes) => {
        meter.value = file.size ? bytes / file.size : 1;
        said.textContent = `${file.name}: ${size(bytes)} of ${size(file.size)}`;
      });
      said.textContent = `${found.name} is there, ${size(found.size)}.`;
      setProps(spec.into, { data: { ...found, at: Date.now() } });
    } catch (error) {
      const isCanceled = isAbort(error);
      if (!isCanceled) said.classList.add("is-bad");
      said.textContent = isCanceled
        ? "Canceled: nothing was written."
        : `${file.name} was not written. ${wordsOf(error)}`;
    } finally {
      under = null;
      button.disabled = false;
      meter.hidden = cancel.hidden = true;
      input.value = "";
    }
  }

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => take(input.files?.[0]));
  cancel.addEventListener("click", () => {
    under?.abort();
    button.focus();
  });
  for (const [name, over] of /** @type {[string, boolean][]} */ ([
    ["dragover", true],
    ["dragleave", false],
    ["drop", false],
  ]))
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.toggle("is-over", over);
      if (name === "drop" && event instanceof DragEvent) take(event.dataTransfer?.files[0]);
    });
  return [place, line];
});

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-file-ticket]");
  if (!button) return;
  const { fileTicket: ticket = "", fileName = "" } = button.dataset;
  const said = button.parentElement?.querySelector("[role=status]");
  const frame = element("iframe", { name: `file-${Date.now()}`, hidden: true, title: "Download" });
  const asking = form("files/download", { ticket }, frame.name);
  document.body.append(frame, asking);
  // A file is no document: what loads here is why there is none.
  frame.addEventListener("load", () => {
    const text = frame.contentDocument?.body.textContent;
    if (!text || !said) return;
    said.classList.add("is-bad");
    said.textContent = ` ${reason(text)}`;
  });
  if (said) {
    said.className = "file-said";
    said.textContent = ` The browser fetches ${fileName}.`;
  }
  asking.submit();
  asking.remove();
  setTimeout(() => frame.remove(), KEPT); // what the browser has begun goes on without it
});

/** @param {string} text */
function reason(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return text.slice(0, 200);
  }
}
