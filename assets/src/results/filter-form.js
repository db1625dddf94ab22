// Filters of a result: chosen in a form, shown as chips that can be taken away.
import { element } from "../dom.js";
import { formFor, part } from "./bar.js";
import { asSent, isWordless, operatorsOf, phrase } from "./filters.js";
import { choices, resultOf } from "./result.js";

/** @param {import("./result.js").Result} result */
function columnsChip(result) {
  const text = `${result.shownColumns.length} of ${result.first.columns.length} columns`;
  const drop = element(
    "button",
    { type: "button", class: "chip-drop", "aria-label": "Show all columns" },
    element("span", { class: "icon i-x-lg" }),
  );
  drop.addEventListener("click", () => result.hide([]));
  return element("span", { class: "chip" }, text, drop);
}

/** @param {string} id */
export function chips(id) {
  const result = resultOf(id);
  if (!result) return;
  const drawn = result.filter.map((one) => {
    const text = phrase(result.first.columns[one.column], one);
    const drop = element(
      "button",
      { type: "button", class: "chip-drop", "aria-label": `Remove filter ${text}` },
      element("span", { class: "icon i-x-lg" }),
    );
    drop.addEventListener("click", () => result.refilter(result.filter.filter((other) => other !== one)));
    return element("span", { class: "chip" }, text, drop);
  });
  if (result.hidden.size) drawn.push(columnsChip(result));
  part(id, "chips")?.replaceChildren(...drawn);
}

const SELECT = { class: "form-select form-select-sm" };
const FIELD = { class: "form-control form-control-sm", autocomplete: "off" };
/** @type {Record<string, string>} */
const TYPES = { date: "date", time: "datetime-local" };

/** @param {string} id */
export function filterForm(id) {
  const result = resultOf(id);
  const form = result && formFor(id, "filter");
  if (!form) return;
  const { columns } = result.first;
  const column = element("select", { ...SELECT, "aria-label": "Column" });
  column.append(...choices(columns).map(([index, name]) => new Option(name, String(index))));
  const operator = element("select", { ...SELECT, "aria-label": "Comparison" });
  const value = element("input", { ...FIELD, "aria-label": "Value" });
  const other = element("input", { ...FIELD, "aria-label": "Upper value" });
  const add = element("button", { type: "submit", class: "btn btn-sm btn-primary" }, "Add filter");
  const chosen = () => columns[Number(column.value)];
  const shape = () => {
    const { kind } = chosen();
    value.hidden = isWordless(operator.value);
    other.hidden = operator.value !== "between";
    for (const field of [value, other]) {
      field.type = TYPES[kind] ?? "text";
      if (kind === "time") field.step = "0.001";
      field.inputMode = kind === "number" ? "decimal" : "text";
    }
    if (kind === "boolean") value.placeholder = "true or false";
  };
  const choose = () => {
    operator.replaceChildren(...operatorsOf(chosen()).map(([key, text]) => new Option(text, key)));
    shape();
  };
  column.addEventListener("change", choose);
  operator.addEventListener("change", shape);
  choose();
  const inner = element("form", { class: "filter-form" }, column, operator, value, other, add);
  inner.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = { value: asSent(chosen(), value.value), other: asSent(chosen(), other.value) };
    result.refilter([...result.filter, { column: Number(column.value), operator: operator.value, ...given }]);
    value.value = "";
    other.value = "";
    value.focus();
  });
  form.replaceChildren(inner);
  column.focus();
}
