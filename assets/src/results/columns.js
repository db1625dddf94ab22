// Which columns of a result show: what is copied, downloaded and chosen from as well.
import { element } from "../dom.js";
import { formFor } from "./bar.js";
import { choices, resultOf } from "./result.js";

const MANY = 12; // columns, from which one searches

/** @param {string} id of a result */
export function columnsForm(id) {
  const result = resultOf(id);
  const form = result && formFor(id, "columns");
  if (!form) return;
  const boxes = choices(result.first.columns).map(([index, name]) => {
    const box = element("input", { type: "checkbox", class: "form-check-input", value: index });
    box.checked = !result.hidden.has(index);
    return { name, box, label: element("label", { class: "column-choice" }, box, name) };
  });
  const apply = () => {
    const hidden = boxes.filter(({ box }) => !box.checked).map(({ box }) => Number(box.value));
    if (hidden.length < boxes.length) result.hide(hidden);
    else for (const { box } of boxes) box.checked = !result.hidden.has(Number(box.value));
  };
  const all = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, "Show all");
  all.addEventListener("click", () => {
    for (const { box } of boxes) box.checked = true;
    apply();
  });
  const search = element("input", {
    class: "form-control form-control-sm",
    type: "search",
    "aria-label": "Find a column",
  });
  search.placeholder = "Find a column";
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const { name, label } of boxes) label.hidden = !name.toLowerCase().includes(wanted);
  });
  const list = element("fieldset", { class: "column-choices" }, ...boxes.map(({ label }) => label));
  list.prepend(element("legend", { class: "visually-hidden" }, "Columns that show"));
  list.addEventListener("change", apply);
  form.replaceChildren(element("div", { class: "filter-form" }, boxes.length >= MANY && search, all), list);
  (boxes.length >= MANY ? search : boxes[0]?.box)?.focus();
}
