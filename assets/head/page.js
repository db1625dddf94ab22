// What makes this page the portal's own. A token, kept here alone: every request to the portal carries it, and every
// good answer brings the next (portal/web/origin.py). And no service worker: other content of this server may have put
// one over this page, which would see and replace whatever is asked for. Nothing starts, or goes on, under one.
(() => {
  const HEADER = "X-Portal-Page";
  const meta = document.querySelector("meta[name=portal-page]");
  const root = new URL(meta.dataset.root, location.href).href;
  const never = new Promise(() => {});
  let token = meta.content;
  let over = false; // this page sends nothing any more
  meta.remove();

  // A notice in the place of the page, or above it.
  function say(text, instead) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-sm btn-primary",
      textContent: "Load this page again",
    });
    button.addEventListener("click", () => {
      loads([]);
      location.reload();
    });
    const note = Object.assign(document.createElement("div"), { className: "page-notice", textContent: `${text} ` });
    note.setAttribute("role", "alert");
    note.append(button);
    const show = () => (instead ? document.body.replaceChildren(note) : document.body.prepend(note));
    if (document.body && (document.readyState !== "loading" || !instead)) show();
    else document.addEventListener("DOMContentLoaded", show);
  }

  // When the page has loaded again by itself of late; null where that cannot be known.
  function loads(times) {
    try {
      if (times) sessionStorage.setItem("portal-loads", JSON.stringify(times));
      return JSON.parse(sessionStorage.getItem("portal-loads") ?? "[]").filter((time) => Date.now() - time < 60000);
    } catch {
      return null;
    }
  }
  // Loads the page again by itself, but not for ever; whether it does.
  function again() {
    const late = loads();
    if (!late || late.length >= 3) return false;
    loads([...late, Date.now()]);
    location.reload();
    return true;
  }

  function outdated() {
    if (over) return;
    over = true;
    if (!again())
      say(
        "The portal does not know this page any longer. If loading it again does not help, tell the team that runs the portal: with several processes it needs PORTAL_SIGNING_KEY.",
        false,
      );
  }

  let workers; // none over plain HTTP
  try {
    workers = navigator.serviceWorker;
  } catch {
    // a frame without an origin of its own: no worker can be over it
  }
  async function unregistered() {
    const covers = ({ scope }) => root.startsWith(scope) || scope.startsWith(root);
    const found = ((await workers?.getRegistrations().catch(() => [])) ?? []).filter(covers);
    await Promise.all(found.map((one) => one.unregister()));
    return found.map((one) => (one.active ?? one.waiting ?? one.installing)?.scriptURL);
  }
  async function intercepted() {
    if (over) return;
    over = true;
    token = "";
    const scripts = [workers.controller.scriptURL, ...(await unregistered())];
    if (again()) return;
    say(
      `Other content of this server stands between this page and the portal, so the portal does not start: ${[...new Set(scripts)].join(", ")}. Close its tabs, and tell who runs this server.`,
      true,
    );
  }
  workers?.addEventListener("controllerchange", () => workers.controller && intercepted());

  // Resolves once nothing stands between this page and the portal.
  const clear = (async () => {
    if (workers && !workers.controller) await unregistered();
    if (!workers?.controller) return undefined;
    intercepted();
    return never;
  })();

  // Scripts that come as they are needed, Dash's own among them, are taken as they are here or not at all.
  const later = JSON.parse(meta.dataset.scripts ?? "{}");
  const source = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src");
  Object.defineProperty(HTMLScriptElement.prototype, "src", {
    ...source,
    set(address) {
      const { origin, pathname } = new URL(address, location.href);
      const path = (origin + pathname).replace(root, "").replace(/(?<=[^/.])\.v[\w-]+m[0-9a-f]+(?=\.)/i, "");
      if (path in later) this.integrity = later[path];
      source.set.call(this, address);
    },
  });

  const send = window.fetch;
  const early = new Map();
  window.fetch = async (address, options = {}) => {
    const { href } = new URL(address instanceof Request ? address.url : address, location.href);
    if (!href.startsWith(root)) return send.call(window, address, options);
    const begun = early.get(href);
    early.delete(href);
    return begun ?? ask(address, options);
  };
  async function ask(address, options) {
    await clear;
    if (over) return never;
    const headers = new Headers(options.headers ?? (address instanceof Request ? address.headers : undefined));
    if (token) headers.set(HEADER, token);
    const answer = await send.call(window, address, { ...options, headers });
    const next = answer.headers.get(HEADER);
    if (next === "refused") outdated();
    else if (next && !over) token = next;
    return answer;
  }

  // A form can send no header.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (target.method === "post" && target.action.startsWith(root)) formData.set("page", token);
  });

  clear.then(() => document.dispatchEvent(new CustomEvent("portal:clear")));
  document.addEventListener("portal:not-loaded", () => say("A part of this page did not load.", false), { once: true });
  if (meta.dataset.refused !== undefined) return;
  // What Dash asks for first is under way before it starts. A preload could carry no token. The layout comes at the end
  // of this very document, unless its stream broke off.
  const first = (name) => ask(root + name, { credentials: "same-origin" });
  const parsed = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  const layout = parsed.then(async () => {
    const written = document.getElementById("portal-layout");
    if (!written) return first("_dash-layout");
    written.remove();
    await clear;
    return over ? never : new Response(written.textContent, { headers: { "Content-Type": "application/json" } });
  });
  for (const [name, begun] of [
    ["_dash-layout", layout],
    ["_dash-dependencies", first("_dash-dependencies")],
  ]) {
    begun.catch(() => {}); // Dash meets it
    early.set(root + name, begun);
  }
})();
