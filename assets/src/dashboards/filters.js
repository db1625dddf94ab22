// A dashboard's filters: controls for what portal/ui/boards/frame.py describes in `data-filter`. Their values are in the
// page's address, and only there.
import { element } from "../dom.js";
import { ask } from "../navigate.js";
import { Menu } from "../parts/menu.js";
import { debounce } from "../timing.js";
import { day, member, members, plain, written } from "./values.js";

/** @typedef {import("./values.js").Control} Control */
/** @typedef {{control: Control, show: (members: string[]) => void}} Shown */

const TYPING = 400;

/**
 * @param {string} type
 * @param {string} name
 * @param {import("../dom.js").Attributes} more
 */
const input = (type, name, more = {}) =>
  element("input", { type, class: "form-control form-control-sm", "aria-label": name, ...more });

/**
 * @param {Control} control
 * @param {"date" | "number"} type
 * @param {(members: string[]) => void} choose
 * @returns {[HTMLElement, (members: string[]) => void]}
 */
function span(control, type, choose) {
  const low = input(type, `${control.title}, from`, { step: type === "number" ? "any" : null });
  const high = input(type, `${control.title}, to`, { step: type === "number" ? "any" : null });
  const read = type === "date" ? day : (/** @type {string} */ text) => text;
  const act = debounce(() => choose(low.value || high.value ? [`${low.value}~${high.value}`] : []), TYPING);
  for (const one of [low, high]) one.addEventListener("change", () => act());
  const holder = element(
    "div",
    { class: "filter-span", role: "group", "aria-label": control.title },
    low,
    element("span", { "aria-hidden": "true" }, "–"),
    high,
  );
  return [
    holder,
    (chosen) => {
      const [from = "", to = ""] = (chosen[0] ?? "").split("~");
      low.value = read(from);
      high.value = read(to);
    },
  ];
}

/**
 * @param {Control} control
 * @param {"date" | "search"} type
 * @param {(members: string[]) => void} choose
 * @returns {[HTMLElement, (members: string[]) => void]}
 */
function one(control, type, choose) {
  const field = input(type, control.title);
  const act = debounce(() => choose(field.value ? [member(field.value)] : []), TYPING);
  field.addEventListener(type === "date" ? "change" : "input", () => act());
  return [
    field,
    (chosen) => {
      const text = chosen.length ? (plain(chosen[0]) ?? "") : "";
      if (document.activeElement !== field) field.value = type === "date" ? day(text) : text;
    },
  ];
}

/**
 * The controls of a page, each in its holder.
 *
 * @param {HTMLElement[]} holders
 * @param {(name: string, words: string) => ReturnType<import("../parts/menu.js").Fetch>} fetch
 * @param {() => void} changed
 */
export function controls(holders, fetch, changed) {
  /** @type {Shown[]} */
  const found = [];
  for (const holder of holders) {
    /** @type {Control} */
    const control = JSON.parse(holder.dataset.filter ?? "{}");
    const choose = (/** @type {string[]} */ chosen) => {
      if (ask(written(control, chosen), { push: true, hash: "" })) changed();
    };
    /** @type {[HTMLElement, (members: string[]) => void]} */
    let made;
    let label = null;
    switch (control.kind) {
      case "date-range":
        made = span(control, "date", choose);
        break;
      case "number-range":
        made = span(control, "number", choose);
        break;
      case "date":
      case "text":
        made = one(control, control.kind === "date" ? "date" : "search", choose);
        break;
      default:
        if (control.menu) {
          const menu = new Menu(control, (words) => fetch(control.name, words), choose);
          made = [menu.element, (chosen) => menu.show(chosen)];
          label = menu.button.id;
        } else made = one(control, "search", choose);
    }
    const title = label
      ? element("label", { class: "filter-title", for: label }, control.title)
      : element("span", { class: "filter-title", "aria-hidden": "true" }, control.title);
    const said = control.description ? element("p", { class: "filter-description" }, control.description) : null;
    holder.replaceChildren(title, ...(said ? [said] : []), made[0]);
    found.push({ control, show: made[1] });
  }
  return found;
}

/** @param {Shown[]} shown */
export function follow(shown) {
  for (const { control, show } of shown) show(members(control));
}
