// Grids: cells that are more than text, the accessible name of AG Grid's own element, and arrow keys in small grids.
import { gridComponents, gridFunctions } from "../dash.js";
import { all, closest } from "../dom.js";
import { cellAt } from "../keys.js";
import { go, isBrowsers } from "../navigate.js";
import { whenChanged } from "../timing.js";
import * as values from "./values.js";
import { ago, exact } from "./when.js";

gridFunctions({ ...values });

// dash-ag-grid takes no aria-label, and a label on a wrapper leaves role=grid unnamed.
function name() {
  for (const wrapper of all("[data-grid-name]")) {
    const grid = wrapper.querySelector('.ag-root[role="grid"], .ag-root[role="treegrid"]');
    const { gridName = "" } = wrapper.dataset;
    if (grid && grid.getAttribute("aria-label") !== gridName) grid.setAttribute("aria-label", gridName);
  }
}

// Small grids: one stop in the tab order; arrows, Home and End move inside.
function firstStops() {
  for (const table of all("table[role=grid]:not([data-keys])")) {
    table.dataset.keys = "1";
    const cell = table.querySelector("th, td");
    if (cell instanceof HTMLElement) cell.tabIndex = 0;
  }
}
whenChanged(() => {
  name();
  firstStops();
});

document.addEventListener("keydown", (event) => {
  const cell = closest(event, "table[role=grid] :is(th, td)");
  if (!(cell instanceof HTMLTableCellElement) || event.target !== cell) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const line = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const rows = [...(cell.closest("table")?.rows ?? [])];
  const to = cellAt(event.key, rows.indexOf(line), cell.cellIndex, line.cells.length);
  if (!to) return;
  event.preventDefault();
  const next = rows[to[0]]?.cells[to[1]];
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

/** @param {any[]} given */
const create = (...given) => window.React.createElement(...given);

/** @typedef {{value: any}} Params of a cell renderer */

/**
 * Badges (portal.ui.badges.cell).
 *
 * @param {Params} params
 */
function PortalBadge({ value: badge }) {
  if (!badge) return null;
  return create(
    "span",
    { className: `badge-state is-${badge.tone}` },
    create("span", { className: `icon i-${badge.icon}`, "aria-hidden": "true" }),
    create("span", null, badge.text),
  );
}

/**
 * A time (epoch in milliseconds), relative, with the exact one on hover.
 *
 * @param {Params} params
 */
function PortalWhen({ value }) {
  if (!value) return create("span", { className: "text-body-secondary" }, "–");
  const dateTime = new Date(value).toISOString();
  return create("time", { "data-when": "ago", dateTime, title: exact(value) }, ago(value));
}

/**
 * A link inside the portal: {text, href}; ctrl-click and middle click work as for any link.
 *
 * @param {Params} params
 */
function PortalLink({ value: link }) {
  if (!link) return null;
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (isBrowsers(event)) return;
    event.preventDefault();
    go(link.href);
  };
  return create("a", { href: link.href, onClick }, link.text);
}

/**
 * The same for a cell whose value stands in an address (portal.ui.grid, `links`).
 *
 * @param {{value: any, valueFormatted?: string, to: string}} params
 */
function PortalTo({ value, valueFormatted, to }) {
  if (value === null || value === undefined) return create("span", null, valueFormatted ?? "");
  const href = to.replace("{}", encodeURIComponent(String(value)));
  return PortalLink({ value: { text: valueFormatted ?? String(value), href } });
}
gridComponents({ PortalBadge, PortalWhen, PortalLink, PortalTo });
