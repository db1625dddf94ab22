// A result beside an earlier one: the rows that came, went and changed, by a key that one chooses.
import { element } from "../dom.js";
import { post, wordsOf } from "../http.js";
import { member, plain } from "../parts/members.js";
import { Menu } from "../parts/menu.js";
import { count, excerpt } from "../text.js";
import { others } from "../warehouse/statements.js";
import { formFor } from "./bar.js";
import { resultOf } from "./result.js";

/** @typedef {import("./result.js").Value} Value */
/** @typedef {{key: Value[], before: Value[] | null, after: Value[] | null}} Difference */
/**
 * @typedef {{
 *   columns: string[], counts: Record<string, number>, rows: Difference[], repeated: [number, number],
 *   example: (string | null)[], notes: string[],
 * }} Comparison of portal/results/comparison.py
 */

const AT_ONCE = { typing: 0, apply: 0 };
const WORDS = { added: "added", removed: "removed", changed: "changed", same: "the same" };

/** @param {Difference} row */
const kindOf = ({ before, after }) => (!before ? "added" : !after ? "removed" : "changed");

/** @param {Value} value */
const shown = (value) => (value === null ? "NULL" : Array.isArray(value) ? `${value[0]}…` : value);

/**
 * @param {Value | undefined} value nothing where there is no such row
 * @param {boolean} differs
 */
function cell(value, differs) {
  const about = { class: differs ? "is-different" : null, "data-null": value === null && "1" };
  return element("td", about, value === undefined ? "" : shown(value));
}

/**
 * Which columns have two cells: those of which some row has two values.
 *
 * @param {Comparison} found
 */
export function doubled({ columns, rows }) {
  const differs = (/** @type {number} */ at) =>
    rows.some(({ before, after }) => before && after && String(before[at]) !== String(after[at]));
  return columns.map((_, at) => differs(at));
}

/**
 * What was found, in a sentence.
 *
 * @param {Comparison} found
 * @param {string[]} key
 */
export function told({ counts, repeated, example, rows }, key) {
  const by = key.join(", ");
  const [before, now] = repeated;
  if (before || now) {
    const where = [before && `${count(before)} values in the earlier result`, now && `${count(now)} in this one`];
    const such = example.map((one) => (one === null ? "NULL" : one)).join(", ");
    return `${by} is no key: ${where.filter(Boolean).join(" and ")} stand for several rows (such as ${excerpt(such, 60)}). Choose more columns.`;
  }
  const parts = Object.entries(WORDS).map(([name, words]) => `${count(counts[name] ?? 0)} ${words}`);
  const listed = ["added", "removed", "changed"].reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  const some = listed > rows.length ? ` The first ${count(rows.length)} differences are listed.` : "";
  return `Rows by ${by}: ${parts.join(", ")}.${some}`;
}

/**
 * @param {Comparison} found
 * @param {string[]} key
 */
function table(found, key) {
  const two = doubled(found);
  const head = found.columns.flatMap((name, at) => {
    const th = (/** @type {string} */ words) => element("th", { scope: "col" }, words);
    return two[at] ? [th(`${name}, before`), th(`${name}, now`)] : [th(name)];
  });
  const rows = found.rows.map((row) => {
    const { before, after } = row;
    const cells = found.columns.flatMap((_, at) => {
      const [old, now] = [before?.[at], after?.[at]];
      if (!two[at]) return [cell(after ? now : old, false)];
      const differs = Boolean(before && after) && String(old) !== String(now);
      return [cell(old, differs), cell(now, differs)];
    });
    const kind = kindOf(row);
    const keys = row.key.map((value) => element("th", { scope: "row" }, shown(value)));
    return element("tr", { class: `is-${kind}` }, element("td", {}, WORDS[kind]), ...keys, ...cells);
  });
  const heads = key.map((name) => element("th", { scope: "col" }, name));
  return element(
    "div",
    { class: "compare-rows", tabindex: 0, role: "region", "aria-label": "Differences" },
    element(
      "table",
      { class: "compare-table" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Row"), ...heads, ...head)),
      element("tbody", {}, ...rows),
    ),
  );
}

/** @param {string} id of a result */
export function compareForm(id) {
  const result = resultOf(id);
  const form = result && formFor(id, "compare");
  if (!form) return;
  const listed = others(id);
  if (!listed.length) {
    form.replaceChildren(
      element(
        "p",
        { class: "form-words" },
        "There is no earlier result of this browser: run the statement again, and compare then.",
      ),
    );
    return;
  }
  const other = element("select", { class: "form-select form-select-sm", "aria-label": "Compare with" });
  for (const { id: statement, sql, started } of listed) {
    other.append(new Option(`${new Date(started).toLocaleTimeString()} · ${excerpt(sql, 60)}`, statement));
  }
  const names = result.first.columns.map(({ name }) => name);
  const unique = names.filter((name) => name && names.indexOf(name) === names.lastIndexOf(name));
  let key = unique.slice(0, 1);
  const choices = async (/** @type {string} */ words) => {
    const found = unique.filter((name) => name.toLowerCase().includes(words.toLowerCase()));
    return { choices: found.slice(0, 200), total: found.length };
  };
  const control = { title: "Key", kind: "multi", all: false, none: "Choose columns" };
  const menu = new Menu(control, choices, (members) => (key = members.map((one) => plain(one) ?? "")), AT_ONCE);
  menu.show(key.map(member));
  const act = element("button", { type: "submit", class: "btn btn-sm btn-primary" }, "Compare");
  const label = element("label", { for: menu.button.id, class: "bar-label" }, "by the key");
  const asking = element("form", { class: "filter-form" }, other, label, menu.element, act);
  const said = element("p", { class: "form-words", role: "status" });
  const place = element("div", {});
  asking.addEventListener("submit", async (event) => {
    event.preventDefault();
    const by = [...key];
    act.disabled = true;
    said.textContent = "Comparing…";
    place.replaceChildren();
    try {
      /** @type {Comparison} */
      const found = await post(`results/${id}/compare`, { other: other.value, key: by });
      const filtered = result.filter.length ? " Filters do not count here: all rows are compared." : "";
      said.textContent = [told(found, by), ...found.notes].join(" ") + filtered;
      if (found.rows.length) place.replaceChildren(table(found, by));
    } catch (error) {
      said.textContent = wordsOf(error);
    } finally {
      act.disabled = false;
    }
  });
  form.replaceChildren(asking, said, place);
  other.focus();
}
