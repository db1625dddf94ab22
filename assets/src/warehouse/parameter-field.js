// The input of one parameter, by its type. Whatever is in it is written as the server takes it (parameter-definitions.js).
import { element } from "../dom.js";
import { member, plain } from "../parts/members.js";
import { Menu } from "../parts/menu.js";
import { matching, ofQuery } from "./options.js";
import { chosen } from "./parameter-definitions.js";
import { DAYS, SPANS } from "./parameter-types.js";

/** @typedef {import("./parameter-definitions.js").Parameter} Parameter */
/** @typedef {(value: string, rests?: boolean) => void} Keep `rests`: nobody is in the middle of typing it */

const AT_ONCE = { typing: 0, apply: 0 };
const FIXED = "";

/** @param {string} name */
export const idOf = (name) => `parameter-${name}`;
const INPUT = "form-control form-control-sm parameter-value";
const SELECT = "form-select form-select-sm parameter-value";

/**
 * @param {[value: string, words: string][]} options
 * @param {string} value
 * @param {import("../dom.js").Attributes} about
 */
function select(options, value, about) {
  const made = element("select", { class: SELECT, ...about });
  made.append(...options.map(([key, words]) => new Option(words, key, false, key === value)));
  return made;
}

/**
 * @param {HTMLInputElement | HTMLTextAreaElement} made
 * @param {Keep} keep
 */
function listens(made, keep) {
  made.addEventListener("input", () => keep(made.value));
  made.addEventListener("change", () => keep(made.value, true));
  return made;
}

/**
 * @param {Parameter} parameter
 * @param {Keep} keep
 */
function number({ name, value, min, max }, keep) {
  const bounds = min && max ? `${min} to ${max}` : min ? `${min} or more` : max ? `${max} or less` : null;
  const about = { id: idOf(name), class: INPUT, autocomplete: "off", inputmode: "decimal", placeholder: bounds };
  const made = element("input", { ...about, title: bounds });
  const check = () => {
    const at = Number(made.value);
    const isOut = made.value.trim() !== "" && ((min && at < Number(min)) || (max && at > Number(max)));
    made.ariaInvalid = isOut ? "true" : "false";
  };
  made.value = value;
  made.addEventListener("input", check);
  check();
  return listens(made, keep);
}

/** @param {string} type */
const inputType = (type) => (type === "date" || type === "range" ? "date" : "datetime-local");

/**
 * @param {string} type
 * @param {string} value
 * @param {import("../dom.js").Attributes} about
 */
function moment(type, value, about) {
  const made = element("input", { class: INPUT, autocomplete: "off", ...about });
  made.type = inputType(type);
  if (made.type === "datetime-local") made.step = "0.001";
  made.value = made.type === "date" ? value : value.replace(" ", "T");
  return made;
}

/**
 * A date that is written, or one that moves.
 *
 * @param {Parameter} parameter
 * @param {Keep} keep
 */
function date({ name, type, value }, keep) {
  const moves = DAYS.some(([day]) => day === value);
  const made = moment(type, moves ? "" : value, { id: idOf(name), disabled: moves });
  const words = /** @type {[string, string][]} */ ([[FIXED, "On"], ...DAYS]);
  if (type === "timestamp") words.splice(0, 2, [FIXED, "At"], ["NOW", "Now"]);
  const which = select(words, moves ? value : FIXED, { "aria-label": `Which day of ${name}` });
  which.addEventListener("change", () => {
    made.disabled = which.value !== FIXED;
    keep(which.value === FIXED ? made.value : which.value, true);
  });
  listens(made, keep);
  return element("div", { class: "parameter-span" }, which, made);
}

/**
 * A range that is written, or one that moves.
 *
 * @param {Parameter} parameter
 * @param {Keep} keep
 */
function range({ name, type, title, value }, keep) {
  const moves = SPANS.some(([span]) => span === value);
  const [from = "", to = ""] = moves ? [] : value.split("~");
  const called = title || name;
  const low = moment(type, from, { "aria-label": `${called}, from` });
  const high = moment(type, to, { "aria-label": `${called}, to` });
  const ends = element("div", { class: "parameter-ends" }, low, element("span", { "aria-hidden": "true" }, "–"), high);
  const offered = type === "times" ? SPANS : SPANS.filter(([span]) => !/HOUR/.test(span));
  const which = select([...offered, [FIXED, "Between …"]], moves ? value : FIXED, { id: idOf(name) });
  ends.hidden = moves;
  const written = () => (low.value || high.value ? `${low.value}~${high.value}` : "~");
  which.addEventListener("change", () => {
    ends.hidden = which.value !== FIXED;
    keep(which.value || written(), which.value !== FIXED);
    if (!which.value) low.focus();
  });
  for (const end of [low, high]) {
    end.addEventListener("input", () => keep(written()));
    end.addEventListener("change", () => keep(written(), Boolean(low.value && high.value)));
  }
  return element("div", { class: "parameter-span" }, which, ends);
}

/**
 * @param {Parameter} parameter
 * @param {Keep} keep
 */
function choice(parameter, keep) {
  const { name, title, multi, options = [], query } = parameter;
  const list = { options, more: false };
  const control = { title: title || `:${name}`, kind: multi ? "multi" : "single", all: false, none: "Choose …" };
  const menu = new Menu(
    control,
    async (words) => matching(query ? await ofQuery(query) : list, words),
    (members) => {
      const values = members.map((one) => plain(one) ?? "");
      keep(multi ? JSON.stringify(values) : (values[0] ?? ""), true);
    },
    AT_ONCE,
    idOf(name),
  );
  menu.show(chosen(parameter).map(member));
  return menu.element;
}

/**
 * @param {Parameter} parameter
 * @param {Keep} keep
 * @returns {HTMLElement}
 */
export function field(parameter, keep) {
  const { name, type, value } = parameter;
  switch (type) {
    case "number":
      return number(parameter, keep);
    case "date":
    case "timestamp":
      return date(parameter, keep);
    case "range":
    case "times":
      return range(parameter, keep);
    case "choice":
      return choice(parameter, keep);
    case "boolean": {
      const words = /** @type {[string, string][]} */ ([
        ["true", "true"],
        ["false", "false"],
      ]);
      const made = select(words, value, { id: idOf(name) });
      made.addEventListener("change", () => keep(made.value, true));
      return made;
    }
    case "list":
    case "numbers": {
      const example = type === "list" ? "one, two, three" : "1, 2, 3";
      return listens(element("textarea", { id: idOf(name), class: INPUT, rows: 1, placeholder: example }, value), keep);
    }
  }
  const made = element("input", { id: idOf(name), class: INPUT, disabled: type === "null", autocomplete: "off" });
  made.value = type === "null" ? "" : value;
  return listens(made, keep);
}
