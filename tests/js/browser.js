// What little of a browser the modules under test take: storage, events, an address.

/** @param {{room: number}} page how much fits; a full one refuses, as a browser's does */
function storage(page) {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const methods = {
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem(/** @type {string} */ name, /** @type {string} */ text) {
      if (text.length > page.room) throw new DOMException("full", "QuotaExceededError");
      kept.set(name, text);
    },
    removeItem: (/** @type {string} */ name) => kept.delete(name),
  };
  const keys = {
    ownKeys: () => [...kept.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  };
  return new Proxy(methods, keys);
}

/** A fresh one, where the modules look for it. */
export function browser(href = "http://portal.test/warehouse") {
  const document = new EventTarget();
  const location = new URL(href);
  const steps = /** @type {string[]} */ ([]);
  /** @param {string} how */
  const change = (how) => (/** @type {unknown} */ _state, /** @type {string} */ _title, /** @type {string} */ to) => {
    steps.push(how);
    location.href = new URL(to, location).href;
  };
  const history = { state: null, pushState: change("push"), replaceState: change("replace") };
  const page = { document, location, history, steps, room: Number.POSITIVE_INFINITY };
  Object.assign(globalThis, { document, location, history, localStorage: storage(page) });
  return page;
}
