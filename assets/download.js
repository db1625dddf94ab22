// Downloads of results: a small one by the page itself, a large one by the browser, which takes it to disk as it comes.
//
// The page cannot see or break off what the browser downloads: how far it is, and its end, go by a ticket through the
// portal (portal/results/tickets.py).
(function () {
  "use strict";
  const SMALL = 32 * 1024 * 1024; // bytes of a result that may pass through the page's memory
  const ASK_EVERY = 700;
  const SILENT = 15000; // nothing is known of a download for so long: the browser shows it, we do not

  const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);
  const count = (number) => number.toLocaleString("en");
  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

  function element(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  // What the result's note shows meanwhile: words, a meter, and a way to stop.
  function progress(id, words, stop) {
    const text = element("span", {}, words);
    const meter = element("progress", { max: 1 });
    meter.setAttribute("aria-label", "Download");
    const cancel = element("button", { type: "button", className: "btn btn-sm btn-link" }, "Cancel");
    cancel.addEventListener("click", () => {
      cancel.disabled = true;
      stop();
    });
    window.portalResultPart(id, "note")?.replaceChildren(text, meter, cancel);
    return (said, share) => {
      text.textContent = said;
      if (share) meter.value = Math.min(share, 0.99);
    };
  }

  window.portalDownload = async function (id, extension, whole) {
    const result = window.portalResults.get(id);
    const { bytes, total } = result.first;
    const isSmall = !whole && (bytes === null ? total < 100_000 : bytes <= SMALL);
    const body = { ...window.portalResults.again(id), whole };
    const name = `result-${id.slice(0, 8)}.${extension}`;
    try {
      await (isSmall ? fetched : streamed)(result, `results/${id}/download/${extension}`, body, name);
    } catch (error) {
      result.say(error.name === "AbortError" ? "Download canceled." : `The download failed. ${error.message}`);
    }
  };

  async function fetched(result, path, body, name) {
    const stop = new AbortController();
    const show = progress(result.id, `Preparing ${name}… `, () => stop.abort());
    const answer = await window.portalSend(path, body, stop.signal);
    const expected = Number(answer.headers.get("X-Portal-Estimate")) || null;
    const parts = [];
    let received = 0;
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      received += value.length;
      show(`${name}: ${size(received)} `, expected && received / expected);
    }
    const link = element("a", { href: URL.createObjectURL(new Blob(parts, { type: answer.headers.get("Content-Type") })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    result.say(`${name} downloaded, ${size(received)}.${again(answer.headers.get("X-Portal-Ran-Again") === "1")}`);
  }
  const again = (ran) => (ran ? " The statement ran again for it." : "");

  // A form's answer, into a frame that no one sees: the browser streams it to disk. A refusal is the frame's document.
  async function streamed(result, path, body, name) {
    const ticket = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    let refused = null;
    const frame = element("iframe", { name: `download-${ticket}`, hidden: true, title: "Download" });
    const form = element("form", { method: "post", action: window.portalPath(path), target: frame.name, hidden: true });
    for (const [key, value] of Object.entries({ ...body, ticket })) {
      if (value === null || value === undefined) continue;
      // A text area keeps the lines of SQL.
      form.append(element("textarea", { name: key, value: typeof value === "object" ? JSON.stringify(value) : String(value) }));
    }
    document.body.append(frame, form);
    frame.addEventListener("load", () => {
      const said = frame.contentDocument?.body.textContent;
      if (said) refused = reason(said);
    });
    const ask = (more = {}) => window.portalPost(`downloads/${ticket}`, more);
    const show = progress(result.id, `Preparing ${name}… `, () => ask({ stop: true }).catch(() => {}));
    form.submit();
    form.remove();
    try {
      for (let silence = 0; silence < SILENT; silence += ASK_EVERY) {
        await pause(ASK_EVERY);
        if (refused) throw new Error(refused);
        const found = await ask().catch(() => ({ state: null }));
        if (!found.state) continue;
        silence = 0;
        const { state, rows, bytes, expected, ran_again: ran } = found;
        if (state === "running") show(`${name}: ${size(bytes)}, ${count(rows)}${expected ? ` of ${count(expected)}` : ""} rows `, expected && rows / expected);
        else if (state === "ok") return result.say(`${name} downloaded, ${size(bytes)}, ${count(rows)} rows.${again(ran)}`);
        else if (state === "stopped") return result.say("Download canceled.");
        else throw new Error("What has come of the file is not whole. Start it again.");
      }
      result.say(`${name}: the browser's own downloads show how far it is.`);
    } finally {
      setTimeout(() => frame.remove(), 60000); // what the browser has begun goes on without it
    }
  }
  function reason(text) {
    try {
      return JSON.parse(text).message;
    } catch {
      return text.slice(0, 200);
    }
  }
})();
