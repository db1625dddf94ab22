// In development (portal.develop) the page says what has drawn it; when something else answers, it is loaded again, and a
// style sheet that was saved takes the place of the old one. What the address and the browser's stores hold stays.
import { setProps } from "../dash.js";

const LOOK = 250; // ms
const STATE = "page-state"; // portal.ui.states.PAGE_STATE
/** What dash-renderer 4.4 says of it (`unwrapIfNotMulti`). */
const MISSED =
  /nonexistent object was used in an `(\w+)` of .* The id of this object is `?(.+?)`?(?: with MATCH .*)? and the property is `([^`]+)`/;
/** @typedef {{id: string, property: string}} Part */
/** @typedef {{output: string, inputs: Part[], state: Part[]}} Callback */

const meta = document.querySelector('meta[name="portal-boot"]');
if (meta instanceof HTMLMetaElement) {
  const drawnBy = meta.content;
  const root = new URL(meta.dataset.root ?? "/", location.href);
  const look = async () => {
    if (document.visibilityState === "visible") {
      const answer = await fetch(new URL("dev/boot", root), { cache: "no-store" }).catch(() => null);
      const now = answer?.ok ? await answer.json().catch(() => null) : null;
      if (now && now.boot !== drawnBy) {
        location.reload();
        return;
      }
      if (now) restyle(new URL("assets/", root).href, now.styles);
    }
    setTimeout(look, LOOK);
  };
  setTimeout(look, LOOK);
  tell(root);
}

/**
 * Links to these style sheets, in this order, instead of those that are there; each goes when its successor has come.
 * @param {string} ours where addresses of style sheets begin that are the portal's or the team's
 * @param {string[]} addresses
 */
function restyle(ours, addresses) {
  const wanted = addresses.map((address) => new URL(address, location.href).href);
  const links = [...document.querySelectorAll('link[rel="stylesheet"]')].filter(
    (link) => link instanceof HTMLLinkElement,
  );
  const old = links.filter((link) => link.href.startsWith(ours));
  const gone = old.filter((link) => !wanted.includes(link.href));
  /** @type {Promise<unknown>[]} */
  const coming = [];
  /** @type {Element | null} */
  let before = old[0] ?? null;
  for (const href of wanted) {
    const there = old.find((link) => link.href === href);
    if (there) {
      before = there.nextElementSibling;
      continue;
    }
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    coming.push(new Promise((done) => Object.assign(link, { onload: done, onerror: done })));
    document.head.insertBefore(link, before);
  }
  Promise.all(coming).then(() => {
    for (const link of gone) link.remove();
  });
}

/** Dash says in the console alone that a callback names a part which is not on the page, and does not call it.
 * @param {URL} root
 */
function tell(root) {
  const say = console.error;
  console.error = (/** @type {any[]} */ ...given) => {
    say(...given);
    const [, kind, id, property] = MISSED.exec(String(given[0]?.message ?? given[0])) ?? [];
    if (kind && id && property) missed(root, kind, id, property);
  };
}

/**
 * Tells it in the place that the callback would have filled, or above the page.
 * @param {URL} root
 * @param {string} kind "State" or "Input"
 * @param {string} id
 * @param {string} property
 */
async function missed(root, kind, id, property) {
  const answer = await fetch(new URL("_dash-dependencies", root)).catch(() => null);
  /** @type {Callback[]} */
  const callbacks = answer?.ok ? await answer.json() : [];
  const theirs = callbacks.filter(({ inputs, state }) =>
    (kind === "State" ? state : inputs).some((part) => part.id === id && part.property === property),
  );
  for (const { output } of theirs.length ? theirs : [{ output: "" }]) {
    const outputs = output.replace(/^\.\.|\.\.$/g, "").split("...");
    const regions = outputs.filter((one) => one.endsWith(".children")).map((one) => one.slice(0, -".children".length));
    const place = regions.find((one) => document.getElementById(one)) ?? STATE;
    const whose = output ? `the callback of ${outputs.join(", ")}` : "a callback";
    const says = `${kind} ${id}.${property}: no part of this page has the id ${id}, so ${whose} is not called.`;
    const props = { children: says, className: "alert alert-danger", role: "alert" };
    setProps(place, { children: { namespace: "dash_html_components", type: "P", props } });
  }
}
