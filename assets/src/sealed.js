// What is the viewer's own and outlives the page: drafts, and what is known of statements. Other content of a Connect
// server is the same origin and reads this storage, so it is sealed there (AES-GCM).
//
// The key is made here. It is kept sealed in turn, under each of the keys that the portal hands to this viewer's pages
// (portal/viewer/draft_keys.py); any one of them that was there before opens it. Over plain HTTP browsers seal nothing:
// then all of it lasts as long as the page, which says so.
//
// Other tabs write here too. What one of them writes is taken over as it comes; a record that somebody watches is never
// written over one of another tab that has not been seen. Where the storage is full, what does not fit goes to a database
// of the browser (overflow.js), and a mark stands in its place.
import { tell } from "./events.js";
import * as overflow from "./overflow.js";
import * as store from "./store.js";

/** @typedef {[name: string, key: string]} Handed a key of the portal's, in base64 */
/** @typedef {[name: string, place: string, closed: string]} Wrapped */

const KEYS = "portal-keys"; // name of a handed key -> the place and its key, sealed under it
const PLACE = "portal-sealed:";
const MOST = 24; // of KEYS: two or three a viewer, and older ones of sessions that are over
const ELSEWHERE = "elsewhere:"; // begins the mark of a record that is in the overflow
/** @type {Map<string, any>} name -> an object, as the page has it */
const mirror = new Map();
/** @type {Set<string>} names to be written */
const due = new Set();
/** @type {Map<string, string | null>} name -> what stood in the storage when this page last read or wrote it */
const seen = new Map();
/** @type {Set<string>} names of what is in the overflow */
const spilled = new Set();
/** @typedef {(name: string, value: any, refused: boolean) => void} Watcher `refused`: this tab has not written its own */
/** @type {[prefix: string, act: Watcher][]} */
const watchers = [];
const subtle = globalThis.crypto?.subtle;
/** @type {{place: string, key: CryptoKey} | null} once it is open */
let own = null;
let writing = false;

/** @param {string} text */
const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
/** @param {Uint8Array} array */
function text(array) {
  let found = "";
  for (let at = 0; at < array.length; at += 8192) found += String.fromCharCode(...array.subarray(at, at + 8192));
  return found;
}
/** @param {Uint8Array<ArrayBuffer>} raw */
const imported = (raw) => subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

/**
 * A text with a letter for each byte: nonce and ciphertext. `where` is bound in, so that none stands for another.
 *
 * @param {CryptoKey} key
 * @param {string} plain
 * @param {string} where
 */
async function close(key, plain, where) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(where);
  const closed = await subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, new TextEncoder().encode(plain));
  return text(iv) + text(new Uint8Array(closed));
}
/**
 * What was closed with this key, for this place; null else.
 *
 * @param {CryptoKey} key
 * @param {string} closed
 * @param {string} where
 */
async function opened(key, closed, where) {
  try {
    const raw = bytes(closed);
    const how = { name: "AES-GCM", iv: raw.subarray(0, 12), additionalData: new TextEncoder().encode(where) };
    return new TextDecoder().decode(await subtle.decrypt(how, key, raw.subarray(12)));
  } catch {
    return null;
  }
}

/**
 * @param {string | null} json
 * @returns {any}
 */
function parsed(json) {
  try {
    return JSON.parse(json ?? "null");
  } catch {
    return null;
  }
}
/** @returns {Wrapped[]} */
const wrapped = () => {
  const found = parsed(store.read(KEYS));
  return Array.isArray(found) ? found.filter((one) => Array.isArray(one) && one.length === 3) : [];
};

/** @param {string} name */
const placeIn = (name) => name.slice(PLACE.length).split(":")[0];

/**
 * From the overflow.
 *
 * @param {(place: string) => boolean} which
 */
async function clear(which) {
  for (const name of await overflow.names()) if (which(placeIn(name))) overflow.remove(name);
}

/**
 * The place of this viewer: found by any key that was handed before, else new; closed under all that are handed now.
 *
 * @param {Handed[]} handed
 */
async function placeOf(handed) {
  /** @type {[string, CryptoKey][]} */
  const keys = await Promise.all(
    handed.map(async ([name, key]) => /** @type {[string, CryptoKey]} */ ([name, await imported(bytes(atob(key)))])),
  );
  const known = wrapped();
  let found = null;
  for (const [name, key] of keys) {
    for (const [its, place, closed] of known) {
      if (its === name) found ??= parsed(await opened(key, closed, place));
    }
  }
  /** @param {number} size */
  const random = (size) => btoa(text(crypto.getRandomValues(new Uint8Array(size))));
  found ??= { place: random(12), secret: random(32) };
  const { place, secret } = found;
  const names = new Set(keys.map(([name]) => name));
  const others = known.filter(([name]) => !names.has(name));
  const mine = await Promise.all(
    keys.map(async ([name, key]) => [name, place, await close(key, JSON.stringify(found), place)]),
  );
  const all = [...mine, ...others].slice(0, MOST);
  store.write(KEYS, JSON.stringify(all));
  // What no key that is left can open is of no use to anyone.
  const places = new Set(all.map((one) => one[1]));
  clear((place) => !places.has(place));
  for (const name of store.names()) {
    if (name.startsWith(PLACE) && !places.has(placeIn(name))) store.remove(name);
  }
  return { place, key: await imported(bytes(atob(secret))) };
}

/** @param {string} name */
const watcher = (name) => watchers.find(([prefix]) => name.startsWith(prefix))?.[1];

/**
 * What a record in the storage holds: null where it cannot be opened, or is gone.
 *
 * @param {CryptoKey} key
 * @param {string} at
 * @param {string | null} raw
 */
async function unsealed(key, at, raw) {
  const closed = raw?.startsWith(ELSEWHERE) ? await overflow.read(at) : raw;
  return closed === null ? null : parsed(await opened(key, closed, at));
}

/**
 * Another tab has written, or taken away.
 *
 * @param {string} name
 * @param {string | null} raw
 * @param {boolean} refused this tab was about to write
 */
async function other(name, raw, refused = false) {
  if (!own) return;
  const value = await unsealed(own.key, `${PLACE}${own.place}:${name}`, raw);
  seen.set(name, raw);
  if (value === null && raw !== null) return; // of no key that we have: it is written over
  if (raw?.startsWith(ELSEWHERE)) spilled.add(name);
  if (value === null) mirror.delete(name);
  else mirror.set(name, value);
  watcher(name)?.(name, value, refused);
}

/**
 * @param {string} at
 * @param {string} name
 * @param {string} closed
 * @returns {Promise<boolean>} whether it was kept
 */
async function put(at, name, closed) {
  if (store.write(at, closed)) {
    seen.set(name, closed);
    if (spilled.delete(name)) await overflow.remove(at);
    return true;
  }
  if (!(await overflow.write(at, closed))) return false;
  spilled.add(name);
  // What was there before is older, and makes room for the mark, by which other tabs hear of it.
  store.remove(at);
  const mark = ELSEWHERE + Date.now();
  seen.set(name, store.write(at, mark) ? mark : null);
  return true;
}

async function drain() {
  if (writing || !own) return;
  const { place, key } = own;
  writing = true;
  let whole = true;
  let ended = false;
  for (const name of due) {
    due.delete(name);
    const at = `${PLACE}${place}:${name}`;
    const value = mirror.get(name);
    if (value === undefined) {
      store.remove(at);
      seen.set(name, null);
      if (spilled.delete(name)) await overflow.remove(at);
      continue;
    }
    const closed = await close(key, JSON.stringify(value), at);
    ended = own?.place !== place;
    if (ended) break; // the session, meanwhile
    if (due.has(name)) continue; // written again meanwhile: its turn comes
    const now = store.read(at);
    if (watcher(name) && now !== null && now !== (seen.get(name) ?? null)) await other(name, now, true);
    else whole = (await put(at, name, closed)) && whole;
  }
  writing = false;
  if (!ended) tell("portal:kept", { whole });
  else if (due.size) drain(); // another began, and has written
}

export const sealed = {
  /** Whether it outlives the page at all. */
  lasts: Boolean(subtle),
  /**
   * Resolves once what was kept can be read.
   *
   * @param {Handed[]} handed the best first
   */
  async open(handed) {
    if (own || !subtle || !handed.length) return;
    const others = overflow.names();
    const found = await placeOf(handed);
    const start = `${PLACE}${found.place}:`;
    const beyond = (await others).filter((one) => one.startsWith(start));
    for (const at of beyond) spilled.add(at.slice(start.length));
    for (const at of new Set([...beyond, ...store.names().filter((one) => one.startsWith(start))])) {
      const name = at.slice(start.length);
      const raw = store.read(at);
      seen.set(name, raw);
      const value = await unsealed(found.key, at, raw ?? ELSEWHERE);
      // What the page has written meanwhile is newer.
      if (value !== null) mirror.set(name, { ...value, ...mirror.get(name) });
    }
    own = found;
    drain();
  },
  /**
   * @param {string} name
   * @returns {any}
   */
  read: (name) => mirror.get(name) ?? null,
  /**
   * The names of what is kept.
   *
   * @param {string} prefix
   */
  names: (prefix) => [...mirror.keys()].filter((name) => name.startsWith(prefix)),
  /**
   * Tells of records that another tab has written (null: taken away), also where this one was about to: then it has not.
   *
   * @param {string} prefix of their names
   * @param {Watcher} act
   */
  watch(prefix, act) {
    watchers.push([prefix, act]);
  },
  /**
   * @param {string} name
   * @param {object} value
   */
  write(name, value) {
    mirror.set(name, structuredClone(value));
    due.add(name);
    drain();
  },
  /** @param {string} name */
  remove(name) {
    mirror.delete(name);
    due.add(name);
    drain();
  },
  /**
   * The session ended: all that is the viewer's goes, whose handed keys have these names.
   *
   * @param {string[]} names
   */
  forget(names) {
    mirror.clear();
    due.clear();
    seen.clear();
    spilled.clear();
    const known = wrapped();
    const places = new Set(known.filter(([name]) => names.includes(name)).map((one) => one[1]));
    if (own) places.add(own.place);
    own = null;
    for (const name of store.names()) {
      if (name.startsWith(PLACE) && places.has(placeIn(name))) store.remove(name);
    }
    store.write(KEYS, JSON.stringify(known.filter((one) => !places.has(one[1]))));
    clear((place) => places.has(place));
  },
};

if (typeof window !== "undefined") {
  window.addEventListener("storage", ({ key, newValue }) => {
    const start = own && `${PLACE}${own.place}:`;
    if (start && key?.startsWith(start)) other(key.slice(start.length), newValue);
  });
}
