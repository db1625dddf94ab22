// A tile's menu: its rows, downloads, its SQL in the editor, its tables, full screen, a picture, a link.
import { element, icon } from "../dom.js";
import { wordsOf } from "../http.js";
import { go, isBrowsers } from "../navigate.js";
import { plotly } from "../parts/bundles.js";
import { copy } from "../parts/clipboard.js";
import { download } from "../results/download.js";
import { count } from "../text.js";
import { EMPTY } from "../warehouse/draft.js";
import { toFragment } from "../warehouse/fragment.js";
import { graphOf } from "./tile.js";

/** @typedef {import("./board.js").Board} Board */

const FORMATS = { csv: "Download as CSV", xlsx: "Download as Excel", parquet: "Download as Parquet" };

/** @type {HTMLElement | null} */
let panel = null;
/** @type {HTMLElement | null} */
let opener = null;

function close() {
  panel?.remove();
  panel = null;
  opener?.setAttribute("aria-expanded", "false");
}

/** The page goes. @param {Board} _board */
export function forget(_board) {
  close();
}

/**
 * @param {Board} board
 * @param {HTMLElement} section
 * @param {HTMLElement} button
 */
export function openMenu(board, section, button) {
  const again = opener === button && panel !== null;
  close();
  if (again) return;
  opener = button;
  const name = section.dataset.widget ?? "";
  const answer = board.answers.get(name);
  const about = () => board.post("rows", { widget: name });
  /** @type {[string, string, () => unknown][]} */
  const items = [];
  if (answer?.statement) {
    items.push(["table", "Rows", () => rows(section, about)]);
    for (const [format, text] of Object.entries(FORMATS)) {
      items.push(["download", text, () => save(section, format, about)]);
    }
  }
  if (section.dataset.state !== "unsupported") {
    items.push(["terminal", "Open SQL in the editor", () => edit(section, about)]);
    items.push(["diagram-3", "Tables", () => tables(section, () => board.post("tables", { widget: name }))]);
  }
  items.push(["fullscreen", "Full screen", () => section.requestFullscreen?.()]);
  if (graphOf(section)) items.push(["image", "Copy as picture", () => picture(section)]);
  items.push(["link-45deg", "Copy link", () => link(section, name)]);
  const made = items.map(([symbol, text, act]) => {
    const item = element(
      "button",
      { type: "button", role: "menuitem", class: "tile-menu-item", tabindex: -1 },
      icon(symbol),
      text,
    );
    item.addEventListener("click", () => {
      close();
      button.focus();
      act();
    });
    return item;
  });
  panel = element(
    "div",
    { role: "menu", class: "tile-menu", "aria-label": button.getAttribute("aria-label") },
    ...made,
  );
  panel.addEventListener("keydown", (event) => {
    const at = made.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      made[(at + step + made.length) % made.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      close();
      button.focus();
    }
  });
  button.after(panel);
  button.setAttribute("aria-expanded", "true");
  made[0]?.focus();
}
document.addEventListener("pointerdown", (event) => {
  const inside = event.target instanceof Node && (panel?.contains(event.target) || opener?.contains(event.target));
  if (panel && !inside) close();
});

/** @param {HTMLElement} section @param {string} text */
function say(section, text) {
  section.querySelector(".tile-said")?.remove();
  if (!text) return;
  const said = element("p", { class: "tile-said", role: "status" }, text);
  section.append(said);
  setTimeout(() => said.remove(), 6000);
}

/** @param {HTMLElement} section @param {string} what @param {...Element} parts */
function dialog(section, what, ...parts) {
  const title = section.getAttribute("aria-label") ?? what;
  const leave = element("button", { type: "button", class: "btn btn-outline-secondary btn-sm" }, "Close");
  const shown = element(
    "dialog",
    { class: "dialog tile-rows", "aria-label": `${what} of ${title}` },
    element("h2", { class: "dialog-title" }, title),
    ...parts,
    element("div", { class: "dialog-actions" }, leave),
  );
  leave.addEventListener("click", () => shown.close());
  shown.addEventListener("close", () => shown.remove());
  document.body.append(shown);
  shown.showModal();
  return shown;
}

/** @param {HTMLElement} section @param {() => Promise<any>} about */
async function rows(section, about) {
  try {
    const found = await about();
    const head = element(
      "tr",
      {},
      ...found.columns.map((/** @type {string} */ name) => element("th", { scope: "col" }, name)),
    );
    const text = (/** @type {unknown} */ value) => String(Array.isArray(value) ? value[0] : value);
    const lines = found.rows.map((/** @type {unknown[]} */ row) =>
      element(
        "tr",
        {},
        ...row.map((value) =>
          value === null ? element("td", { class: "is-null" }, "NULL") : element("td", {}, text(value)),
        ),
      ),
    );
    const shown =
      found.total > found.rows.length
        ? `The first ${count(found.rows.length)} of ${count(found.total)} rows.`
        : `${count(found.total ?? 0)} rows.`;
    const table = element(
      "table",
      { class: "table table-sm tile-table" },
      element("thead", {}, head),
      element("tbody", {}, ...lines),
    );
    dialog(
      section,
      "Rows",
      element("p", {}, shown),
      element("div", { class: "tile-scroll", tabindex: 0, role: "group", "aria-label": "Rows" }, table),
    );
  } catch (error) {
    say(section, wordsOf(error));
  }
}

/** Where its numbers come from. @param {HTMLElement} section @param {() => Promise<any>} about */
async function tables(section, about) {
  try {
    /** @type {[name: string, href: string][]} */
    const found = (await about()).tables;
    const words = found.length
      ? "Its statement reads these tables. Each leads to its lineage: what it was made of, by which job, and when."
      : "Which tables its statement reads cannot be told from its text.";
    const links = found.map(([name, href]) =>
      element("li", {}, element("a", { href, "data-go": "1" }, element("bdi", {}, name))),
    );
    const shown = dialog(section, "Tables", element("p", {}, words), element("ul", { class: "tile-tables" }, ...links));
    shown.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("a") && !isBrowsers(event)) shown.close();
    });
  } catch (error) {
    say(section, wordsOf(error));
  }
}

/** @param {HTMLElement} section @param {string} format @param {() => Promise<any>} about */
async function save(section, format, about) {
  try {
    const { statement, total } = await about();
    if (!statement) throw new Error("There are no rows yet.");
    const result = {
      id: statement,
      first: { total, bytes: null },
      say: (/** @type {string} */ text) => say(section, text),
    };
    await download(/** @type {any} */ (result), format, { whole: false, all: true });
  } catch (error) {
    say(section, wordsOf(error));
  }
}

/** @param {HTMLElement} section @param {() => Promise<any>} about */
async function edit(section, about) {
  try {
    const { sql, params, schema, warehouse } = await about();
    /** @type {Record<string, {type: string, value: string}>} */
    const given = {};
    for (const { name, type, value } of params) given[name] = { type, value: value ?? "" };
    const hash = toFragment({ ...structuredClone(EMPTY), sql, params: given, where: schema }, warehouse, {});
    if (hash === null) say(section, "Its SQL is too long for the editor's link.");
    else go(`${location.pathname.split("/dashboards/")[0]}/warehouse${hash}`);
  } catch (error) {
    say(section, wordsOf(error));
  }
}

/** @param {HTMLElement} section */
async function picture(section) {
  const graph = graphOf(section);
  const name = section.getAttribute("aria-label") || "chart";
  const lib = await plotly();
  const { width, height } = graph.getBoundingClientRect();
  const url = await lib.toImage(graph, {
    format: "png",
    width: Math.round(width),
    height: Math.round(height),
    scale: 2,
  });
  try {
    const blob = await (await fetch(url)).blob();
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    say(section, "Picture copied.");
  } catch {
    element("a", { href: url, download: `${name.replace(/[^\w -]+/g, "")}.png` }).click();
    say(section, "This browser does not let the page copy pictures: it was downloaded.");
  }
}

/** @param {HTMLElement} section @param {string} name */
async function link(section, name) {
  const address = `${location.origin}${location.pathname}${location.search}#${encodeURIComponent(name)}`;
  say(section, (await copy(address)) ? "Link copied. Whoever opens it sees it with their own rights." : address);
}
