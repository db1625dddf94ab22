// A dashboard's page (portal/ui/boards/frame.py): asks for the tiles in sight, a few requests for all of them, and draws
// what comes. One request submits what is wanted and brings what is done; nothing is asked for that nobody sees.
import { askAgain } from "../dash.js";
import { all, closest, element } from "../dom.js";
import { isAbort, isSignIn, path, post, Refusal, wordsOf } from "../http.js";
import { asked } from "../navigate.js";
import { plotly } from "../parts/bundles.js";
import { print } from "../parts/printing.js";
import { counted, separators } from "../text.js";
import { whenChanged } from "../timing.js";
import { controls, follow } from "./filters.js";
import { bodyOf, settled, show } from "./tile.js";
import { forget, openMenu } from "./tilemenu.js";
import { said } from "./values.js";

/** @typedef {import("./tile.js").Answer} Answer */
/** @typedef {{widget: string, field: string, value: string}} Click */

const SOON = 60;
const MARGIN = "240px 0px";
const MOST = 100;
/** Kinds without a chart. */
const PLAIN = new Set(["counter", "table", "pivot"]);

const mark = () => crypto.randomUUID().slice(0, 12);

export class Board {
  /** What the page says of itself (portal/ui/boards/frame.py). @type {Record<string, any>} */
  config = {};
  /** @type {Map<string, HTMLElement>} */
  sections = new Map();
  /** @type {Set<string>} */
  sight = new Set();
  /** @type {Map<string, Answer>} */
  answers = new Map();
  /** Of what holds now: a widget that has been answered in it is done. */
  epoch = 0;
  /** @type {Map<string, number>} */
  checked = new Map();
  /** @type {Click[]} */
  clicks = [];
  /** @type {Map<string, {words: string, number: number}>} searches in tables */
  places = new Map();
  look = mark();
  anew = "";
  at = Math.floor(Date.now() / 60000);
  stopped = false;
  busy = false;
  over = false;
  failures = 0;
  /** What is out of sight as well: it is to be printed. */
  everything = false;
  address = location.pathname;
  /** The warehouse starts, or is busy. */
  pending = false;

  /** @param {HTMLElement} root @param {Board | null} before of the same page, in whose place this one stands */
  constructor(root, before) {
    this.root = root;
    this.written = root.dataset.board;
    this.config = JSON.parse(this.written ?? "{}");
    for (const section of all("section[data-widget]", root)) {
      this.sections.set(section.dataset.widget ?? "", section);
    }
    // Drawn once more ("Refresh" asks for the region too): what was pressed and chosen still holds, and runs for it.
    if (before) {
      const { look, anew, at, clicks } = before;
      Object.assign(this, { look, anew, at, clicks: clicks.filter(({ widget }) => this.sections.has(widget)) });
      this.chips();
    }
    this.shown = controls(
      all("[data-filter]", root),
      (name, words) => this.menu(name, words),
      () => this.changed(),
    );
    follow(this.shown);
    this.eyes = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: MARGIN });
    for (const section of this.data()) {
      // A page before this one may have left something here.
      if (section.dataset.state !== "unsupported") {
        section.dataset.state = "loading";
        bodyOf(section)?.replaceChildren();
        if (this.config.waits) this.rest(section, "idle", "Not drawn yet", "Run and draw");
        this.eyes.observe(section);
      }
    }
    this.stopped = Boolean(this.config.waits);
    // Where charts are to come, their script is fetched meanwhile.
    if (this.data().some(({ dataset }) => !PLAIN.has(dataset.kind ?? ""))) plotly().catch(() => {});
    this.tell();
    // A link to one tile.
    this.sections.get(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView({ block: "center" });
  }

  data() {
    return [...this.sections.values()].filter((section) => section.classList.contains("tile-data"));
  }

  /** @param {string} name */
  part(name) {
    return /** @type {HTMLElement | null} */ (document.querySelector(`[data-board-part="${name}"]`));
  }

  /** What every request says of the page. */
  where() {
    return {
      page: this.config.page,
      values: { ...this.config.filters, ...said() },
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
      separators,
      at: this.at,
      look: this.look,
      anew: this.anew,
      clicks: this.clicks,
    };
  }

  /** @param {string} what @param {object} more @param {AbortSignal} [signal] */
  post(what, more, signal) {
    return post(`${this.config.path}/${what}`, { ...this.where(), ...more }, signal);
  }

  /** @param {string} name @param {string} words */
  menu(name, words) {
    return this.post("menu", { widget: name, words });
  }

  /** @param {IntersectionObserverEntry[]} entries */
  seen(entries) {
    for (const { isIntersecting, target } of entries) {
      const name = /** @type {HTMLElement} */ (target).dataset.widget ?? "";
      if (isIntersecting) this.sight.add(name);
      else this.sight.delete(name);
    }
    this.ask();
  }

  /** Names of tiles in sight that have no answer to what holds now, from the top. */
  wanted() {
    const found = [];
    for (const [name, section] of this.sections) {
      const isSeen = this.sight.has(name) || (this.everything && this.asks(section));
      if (isSeen && section.isConnected && this.checked.get(name) !== this.epoch) found.push(name);
    }
    return found.slice(0, MOST);
  }

  /** @param {HTMLElement} section */
  asks(section) {
    return section.classList.contains("tile-data") && section.dataset.state !== "unsupported";
  }

  async ask() {
    if (this.busy || this.stopped || this.over) return;
    this.busy = true;
    await new Promise((resolve) => setTimeout(resolve, SOON));
    let rest = 0;
    for (let wanted = this.wanted(); wanted.length && !this.stopped && !this.over; wanted = this.wanted()) {
      this.tell();
      const epoch = this.epoch;
      for (const name of wanted) this.sections.get(name)?.setAttribute("aria-busy", "true");
      try {
        const known = Object.fromEntries(
          wanted.map((name) => [name, this.anew && !this.isAnew(name) ? "" : (this.answers.get(name)?.key ?? "")]),
        );
        const found = await this.post("tiles", { widgets: wanted, known });
        this.failures = 0;
        this.pending = Boolean(found.pending);
        if (epoch !== this.epoch) continue;
        const waiting = new Set(found.waiting);
        for (const name of wanted) if (!waiting.has(name)) this.take(name, found.tiles[name], epoch);
        if (found.etag && found.etag !== this.config.etag) this.renewed();
        rest = waiting.size === wanted.length ? Math.min(rest + 100, 1000) : 0;
      } catch (error) {
        if (isAbort(error)) break;
        if (!this.failed(error)) break;
        rest = Math.min(1000 * 2 ** this.failures, 15000);
      }
      if (rest) await new Promise((resolve) => setTimeout(resolve, rest));
    }
    this.busy = false;
    this.tell();
  }

  /** @type {Map<string, string>} the mark of the "Refresh" that a tile's answer is of */
  fresh = new Map();
  /** @param {string} name */
  isAnew(name) {
    return this.fresh.get(name) === this.anew;
  }

  /** @param {string} name @param {Answer | undefined} answer none: nothing has changed @param {number} epoch */
  take(name, answer, epoch) {
    this.checked.set(name, epoch);
    this.fresh.set(name, this.anew);
    const section = this.sections.get(name);
    if (!section) return;
    if (!answer) {
      section.classList.remove("is-stale");
      section.removeAttribute("aria-busy");
      return;
    }
    this.answers.set(name, answer);
    this.places.delete(name);
    show(section, answer, (one, field, value) => this.click(one, field, value));
  }

  /** A request that failed: whether to go on. @param {unknown} error */
  failed(error) {
    this.failures += 1;
    if (isSignIn(error)) {
      // The page's region says how, in the place of all tiles, and draws them again once it is done.
      const region = this.root.closest("[data-region]")?.getAttribute("data-region");
      if (region) askAgain(region, -Date.now());
    }
    const passing = error instanceof Refusal && [0, 429, 500, 502, 503, 504].includes(error.status);
    this.say(wordsOf(error), passing && this.failures < 6 ? "It is tried again by itself." : "");
    if (passing && this.failures < 6) return true;
    this.over = true;
    for (const name of this.wanted()) {
      const section = this.sections.get(name);
      if (!section) continue;
      const again = element(
        "button",
        { type: "button", class: "btn btn-sm btn-outline-secondary", "data-board-do": "again" },
        "Try again",
      );
      const words = element(
        "div",
        {},
        element("p", { class: "tile-state-title" }, "No answer"),
        element("p", { class: "tile-state-text" }, wordsOf(error)),
        again,
      );
      bodyOf(section)?.replaceChildren(element("div", { class: "tile-state" }, words));
      section.dataset.state = "failed";
      section.removeAttribute("aria-busy");
    }
    return false;
  }

  /** Values, clicks or freshness are others now: what is on screen stays, dimmed, until the new comes. */
  changed() {
    follow(this.shown);
    this.again();
  }

  again() {
    this.epoch += 1;
    this.stopped = false;
    this.over = false;
    for (const [name, section] of this.sections) {
      if (section.dataset.state === "idle") {
        bodyOf(section)?.replaceChildren();
        section.dataset.state = "loading";
      } else if (section.dataset.state !== "loading" && this.sight.has(name)) section.classList.add("is-stale");
    }
    this.chips();
    this.ask();
  }

  refresh() {
    // Nothing has run yet of what runs only where that is said.
    if (this.config.waits && !this.answers.size) return;
    this.anew = mark();
    this.at = Math.floor(Date.now() / 60000);
    this.again();
  }

  async stop() {
    const names = this.wanted();
    this.stopped = true;
    const found = await this.post("stop", { widgets: names }).catch(() => ({ stopped: 0 }));
    for (const name of names) {
      const section = this.sections.get(name);
      if (!section) continue;
      section.removeAttribute("aria-busy");
      section.classList.remove("is-stale");
      if (section.dataset.state !== "loading") continue;
      this.rest(section, "failed", "Stopped", "Run it");
    }
    this.say(`Stopped: ${counted(found.stopped, "statement")} canceled.`, "");
    this.tell();
  }

  /**
   * A tile that does not run.
   *
   * @param {HTMLElement} section
   * @param {"idle" | "failed"} state
   * @param {string} title
   * @param {string} act
   */
  rest(section, state, title, act) {
    const again = element(
      "button",
      { type: "button", class: "btn btn-sm btn-outline-secondary", "data-board-do": "again" },
      act,
    );
    const words = element("div", {}, element("p", { class: "tile-state-title" }, title), again);
    bodyOf(section)?.replaceChildren(element("div", { class: "tile-state" }, words));
    section.dataset.state = state;
  }

  /** @param {Record<string, any>} config whether it is of the same page, at the same address */
  isOf(config) {
    const here = location.pathname === this.address;
    return here && config.path === this.config.path && config.page === this.config.page;
  }

  /** Another board stands in its place. */
  end() {
    this.eyes.disconnect();
    this.over = true;
    forget(this);
  }

  /** The page is left: what only it wanted is canceled. */
  leave() {
    const wasOver = this.over;
    this.end();
    if (wasOver) return;
    // Its sections are gone from the document already.
    if (this.stopped || [...this.sight].every((name) => this.checked.get(name) === this.epoch)) return;
    const body = JSON.stringify({ ...this.where(), leaving: true });
    const headers = { "Content-Type": "application/json" };
    fetch(path(`${this.config.path}/stop`), {
      method: "POST",
      credentials: "same-origin",
      keepalive: true,
      headers,
      body,
    }).catch(() => {});
  }

  /** @param {HTMLElement} section @param {string} field @param {string} value */
  click(section, field, value) {
    if (this.config.waits) return;
    const widget = section.dataset.widget ?? "";
    const same = this.clicks.find((one) => one.widget === widget && one.field === field);
    this.clicks = this.clicks.filter((one) => one !== same);
    if (same?.value !== value) this.clicks.push({ widget, field, value });
    this.again();
  }

  chips() {
    const made = this.clicks.map((one) => {
      const title = this.sections.get(one.widget)?.getAttribute("aria-label") ?? one.widget;
      const off = element(
        "button",
        { type: "button", class: "chip board-chip" },
        `${title}: ${one.value} `,
        element("span", { "aria-hidden": "true" }, "×"),
        element("span", { class: "visually-hidden" }, "Take away"),
      );
      off.addEventListener("click", () => {
        this.clicks = this.clicks.filter((other) => other !== one);
        this.again();
      });
      return off;
    });
    this.part("chips")?.replaceChildren(...made);
  }

  reset() {
    const found = asked();
    for (const { control } of this.shown) found.delete(control.name);
    this.clicks = [];
    history.pushState(history.state, "", location.pathname + (found.size ? `?${found}` : ""));
    this.changed();
  }

  /** The definition was changed in Databricks while it was looked at. */
  renewed() {
    const load = element(
      "button",
      { type: "button", class: "btn btn-sm btn-outline-secondary", "data-reload": "page" },
      "Load it again",
    );
    this.part("banner")?.replaceChildren(
      element("div", { class: "board-warning" }, `This ${this.config.what} was changed meanwhile. `, load),
    );
  }

  /** @param {string} text @param {string} more */
  say(text, more) {
    this.part("banner")?.replaceChildren(element("div", { class: "board-warning" }, `${text} ${more}`.trim()));
  }

  /** What is said above the page: how fresh it is, whether something runs, and all that the viewer lacks. */
  tell() {
    if (!this.root.isConnected) return;
    const waiting = !this.stopped && !this.over ? this.wanted().length : 0;
    const times = [...this.answers.values()].flatMap(({ asOf }) => (asOf ? [asOf] : []));
    const oldest = times.length ? new Date(Math.min(...times)).toLocaleTimeString() : "";
    const loading = `${counted(waiting, "tile")} loading${this.pending ? ", waiting for the warehouse" : ""}…`;
    const text = waiting ? loading : oldest ? `As of ${oldest}` : "";
    const line = this.part("as-of");
    if (line && line.textContent !== text) line.textContent = text;
    for (const button of all('[data-board-do="stop"]')) button.hidden = !waiting;
    const lacks = [
      ...new Set(
        [...this.answers.values()].filter(({ state }) => state === "not-permitted").map((one) => one.said ?? ""),
      ),
    ];
    if (lacks.length) {
      const list = element("ul", {}, ...lacks.map((one) => element("li", {}, one)));
      const head = element(
        "p",
        {},
        "Some of this dashboard is not granted to you. Here everyone sees with their own rights; the owner of a table, schema or catalog, or an administrator, grants it:",
      );
      this.part("banner")?.replaceChildren(element("div", { class: "board-warning" }, head, list));
    }
  }

  /** Everything drawn, then the browser's own dialog. */
  /** @returns {Promise<void>} */
  async print() {
    this.everything = true;
    while (this.busy || (!this.over && !this.stopped && this.wanted().length)) {
      this.ask();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    this.everything = false;
    // The page may have been drawn anew meanwhile.
    if (board && board !== this) return board.print();
    await settled();
    await print();
  }

  /** Another page of a table, or a search in it. @param {HTMLElement} section @param {{words?: string, number?: number}} change */
  async turn(section, change) {
    const name = section.dataset.widget ?? "";
    const place = { words: "", number: 0, ...this.places.get(name), ...change };
    if (change.words !== undefined) place.number = 0;
    this.places.set(name, place);
    const found = await this.post("tile", { widget: name, ...place }).catch((error) => ({
      state: "failed",
      body: wordsOf(error),
      notes: [],
    }));
    if (this.places.get(name) !== place || found.waiting) return;
    const typed = /** @type {HTMLInputElement | null} */ (section.querySelector("[data-tile-search]"));
    const had = document.activeElement === typed ? typed?.selectionStart : null;
    show(section, { ...this.answers.get(name), ...found }, () => {});
    const now = /** @type {HTMLInputElement | null} */ (section.querySelector("[data-tile-search]"));
    if (had !== null && now) {
      now.focus();
      now.setSelectionRange(had ?? 0, had ?? 0);
    }
  }
}

/** @type {Board | null} */
let board = null;
export const current = () => board;

whenChanged(() => {
  const root = /** @type {HTMLElement | null} */ (document.querySelector("#react-entry-point [data-board]"));
  /** @type {Board | null} */
  let before = null;
  if (board && (board.root !== root || board.written !== root.dataset.board)) {
    if (root && board.isOf(JSON.parse(root.dataset.board ?? "{}"))) {
      before = board;
      board.end();
    } else board.leave();
    board = null;
  }
  if (root && !board && root.querySelector("section[data-widget], .state")) board = new Board(root, before);
});

document.addEventListener("click", (event) => {
  if (!board) return;
  const does = closest(event, "[data-board-do]")?.dataset.boardDo;
  if (closest(event, "[data-refresh]")) board.refresh();
  if (does === "again") board.again();
  if (does === "stop") board.stop();
  if (does === "reset") board.reset();
  if (does === "print") board.print();
  const section = closest(event, "section[data-widget]");
  const page = closest(event, "[data-tile-page]");
  if (section && page) board.turn(section, { number: Number(page.dataset.tilePage) });
  const menu = closest(event, "[data-tile-menu]");
  if (section && menu) openMenu(board, section, menu);
});
document.addEventListener("keydown", (event) => {
  const tab = closest(event, ".board-tab");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!tab || !step) return;
  event.preventDefault();
  const tabs = all(".board-tab");
  tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length].focus();
});
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;
document.addEventListener("input", (event) => {
  const field = closest(event, "[data-tile-search]");
  const section = closest(event, "section[data-widget]");
  if (!board || !section || !(field instanceof HTMLInputElement)) return;
  const mine = board;
  clearTimeout(typing);
  typing = setTimeout(() => mine.turn(section, { words: field.value }), 250);
});
window.addEventListener("popstate", () => board?.changed());
window.addEventListener("pagehide", () => board?.leave());
