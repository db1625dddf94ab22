// A table's columns (portal.ui.catalogview): a page of them at a time, a filter, and types that unfold.
import { element, icon } from "../dom.js";
import { asked } from "../navigate.js";
import { add } from "../parts/drawings.js";
import { counted } from "../text.js";
import { debounce } from "../timing.js";
import { brief, fields } from "./type-tree.js";

/** @typedef {[name: string, type: string, comment: string, marks: [text: string, title: string][]]} Column */

const PAGE = 100;
const LONG = 48; // characters of a type that is shown as it is
const REST = 120; // ms of rest before a filter

/**
 * A type; one with fields folds.
 *
 * @param {string} type
 * @returns {Element}
 */
function typed(type) {
  const found = type.length > LONG ? fields(type) : [];
  if (!found.length) return element("code", { class: "catalog-type" }, type);
  const list = element("ul", { class: "type-tree" });
  const folded = element(
    "details",
    { class: "type-fold" },
    element("summary", {}, element("code", {}, brief(type))),
    list,
  );
  // Its fields are made when somebody looks at them.
  folded.addEventListener("toggle", () => {
    if (list.childElementCount) return;
    list.append(
      ...fields(type).map(({ name, type: own, note }) =>
        element("li", {}, element("bdi", { class: "type-name" }, name), " ", typed(own), note && ` ${note}`),
      ),
    );
  });
  return folded;
}

/** @param {Column} column */
function row([name, type, comment, marks]) {
  const drawn = marks.map(([text, title]) =>
    text === "key"
      ? element("span", { title }, icon("key"), element("span", { class: "visually-hidden" }, title))
      : element("span", { class: "catalog-mark", title: title || null }, text),
  );
  const cells = [
    element("span", { class: "catalog-name" }, element("bdi", {}, name), ...drawn),
    typed(type),
    element("span", { class: "catalog-comment" }, comment),
  ];
  return element("tr", { role: "row" }, ...cells.map((cell) => element("td", { role: "gridcell" }, cell)));
}

/** @param {{rows: Column[], headings: string[]}} value */
function columns({ rows, headings }) {
  let page = 0;
  const body = element("tbody", { role: "rowgroup" });
  const heads = headings.map((text) => element("th", { scope: "col", role: "columnheader" }, text));
  const table = element(
    "table",
    { role: "grid", class: "table table-hover small-grid catalog-grid", "aria-label": "Columns", "aria-colcount": 3 },
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
    body,
  );
  const field = element("input", {
    type: "search",
    id: "columns-filter",
    class: "form-control",
    placeholder: "Part of a name, type or comment",
    autocomplete: "off",
    spellcheck: "false",
    value: asked().get("column") ?? "",
  });
  const label = element("label", { class: "form-label", for: "columns-filter" }, "Filter columns");
  const status = element("p", { class: "grid-note", role: "status" });
  const where = element("span", { class: "pager-where" });
  /**
   * @param {string} text
   * @param {string} symbol
   * @param {number} by
   */
  const step = (text, symbol, by) => {
    const drawn = element(
      "button",
      { type: "button", class: "btn btn-outline-secondary btn-sm" },
      icon(symbol),
      element("span", {}, text),
    );
    drawn.addEventListener("click", () => show(page + by));
    return drawn;
  };
  const back = step("Previous", "chevron-left", -1);
  const on = step("Next", "chevron-right", 1);
  const pager = element("nav", { class: "pager", "aria-label": "Pages of columns" }, back, where, on);

  /** @param {number} to */
  function show(to) {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = words.length
      ? rows.filter(([name, type, comment]) => {
          const text = `${name}\n${type}\n${comment}`.toLowerCase();
          return words.every((word) => text.includes(word));
        })
      : rows;
    const pages = Math.max(1, Math.ceil(fitting.length / PAGE));
    page = Math.min(Math.max(to, 0), pages - 1);
    body.replaceChildren(...fitting.slice(page * PAGE, (page + 1) * PAGE).map(row));
    table.setAttribute("aria-rowcount", String(fitting.length + 1));
    const many = counted(rows.length, "column");
    status.textContent = words.length ? `${fitting.length.toLocaleString("en")} of ${many}` : many;
    pager.hidden = pages < 2;
    where.textContent = `Page ${page + 1} of ${pages}`;
    back.disabled = page === 0;
    on.disabled = page === pages - 1;
  }
  const typing = debounce(() => show(0), REST);
  field.addEventListener("input", () => typing());
  show(0);
  const few = rows.length <= 10 && !field.value;
  const filter = element("div", { class: "catalog-filter", hidden: few }, label, field, status);
  return [filter, element("div", { class: "grid grid-small", tabindex: "-1" }, table), pager];
}
add("columns", columns);
