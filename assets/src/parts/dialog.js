// Dialogs of actions. A button with `data-ask` (JSON) asks the server for one; what comes back (`data-dialog`, JSON) is
// shown in a native modal dialog: the browser keeps focus inside, and Escape closes it. Confirming hands the signed token
// and what was filled in to the server, once.
import { setProps } from "../dash.js";
import { all, closest, element } from "../dom.js";
import { whenChanged } from "../timing.js";

/** @typedef {{kind: string, name: string, label: string, value: any, options?: [string, string][]}} Field */
/**
 * @typedef {{
 *   title: string, text: string, legend: string, confirm: string, leave: string, danger: boolean,
 *   fields: Field[], into: string, action: string, token: string,
 * }} Spec of portal.ui.actions
 */
/** @typedef {Record<string, string | boolean>} Values what was filled in */

/**
 * @param {Field} spec
 * @param {number} index
 */
function field(spec, index) {
  const id = `dialog-field-${index}`;
  const about = { id, "data-field": spec.name };
  if (spec.kind === "check") {
    const box = element("input", {
      ...about,
      type: "checkbox",
      class: "form-check-input",
      checked: Boolean(spec.value),
    });
    const label = element("label", { class: "form-check-label", for: id }, spec.label);
    return element("div", { class: "form-check" }, box, label);
  }
  if (spec.kind === "select") {
    const select = element("select", { ...about, class: "form-select" });
    select.append(...(spec.options ?? []).map(([value, text]) => new Option(text, value)));
    select.value = spec.value;
    return element(
      "div",
      { class: "dialog-field" },
      element("label", { class: "form-label", for: id }, spec.label),
      select,
    );
  }
  const input =
    spec.kind === "area"
      ? element("textarea", { ...about, class: "form-control", rows: 4 })
      : element("input", { ...about, type: "text", class: "form-control", autocomplete: "off" });
  input.value = spec.value;
  const label = element("label", { class: "form-label", for: id }, spec.label);
  return element("div", { class: "dialog-field" }, label, input);
}

class ActionDialog extends HTMLElement {
  /**
   * @param {Spec} spec
   * @param {HTMLElement | null} opener has the focus afterwards
   * @param {(values: Values) => void} confirmed
   */
  constructor(spec, opener, confirmed) {
    super();
    const group = spec.fields.length
      ? element("fieldset", { class: "dialog-fields" }, element("legend", {}, spec.legend), ...spec.fields.map(field))
      : null;
    const danger = spec.danger ? "btn-danger" : "btn-primary";
    this.confirm = element("button", { type: "submit", class: `btn ${danger}` }, spec.confirm);
    const leave = element("button", { type: "button", class: "btn btn-outline-secondary" }, spec.leave);
    const form = element(
      "form",
      {},
      element("h2", { class: "dialog-title", id: "dialog-title" }, spec.title),
      element("p", {}, spec.text),
      group,
      element("div", { class: "dialog-actions" }, leave, this.confirm),
    );
    this.dialog = element("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, form);
    leave.addEventListener("click", () => this.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(confirmed);
    });
    this.dialog.addEventListener("close", () => {
      this.remove();
      if (opener?.isConnected) opener.focus();
    });
  }
  connectedCallback() {
    this.replaceChildren(this.dialog);
    this.dialog.showModal();
    (this.#fields()[0] ?? this.confirm).focus();
  }
  close() {
    this.dialog.close();
  }
  #fields() {
    return /** @type {HTMLInputElement[]} */ (all("[data-field]", this.dialog));
  }
  /** @param {(values: Values) => void} confirmed */
  #submit(confirmed) {
    if (this.confirm.disabled) return;
    this.confirm.disabled = true;
    /** @param {HTMLInputElement} input */
    const given = (input) => [input.dataset.field, input.type === "checkbox" ? input.checked : input.value];
    const values = Object.fromEntries(this.#fields().map(given));
    this.close();
    confirmed(values);
  }
}
customElements.define("portal-dialog", ActionDialog);

/**
 * A dialog that a script of ours asks for.
 *
 * @param {Partial<Spec> & {title: string, text: string, confirm: string}} spec
 * @param {HTMLElement} opener
 * @returns {Promise<Values | null>} null where it was left
 */
export const confirmed = (spec, opener) =>
  new Promise((resolve) => {
    const usual = { legend: "", leave: "Close", danger: false, fields: [], into: "", action: "", token: "" };
    const dialog = new ActionDialog({ ...usual, ...spec }, opener, resolve);
    // Whoever confirms has been heard by then.
    dialog.dialog.addEventListener("close", () => setTimeout(() => resolve(null)));
    document.body.append(dialog);
  });

/** @type {HTMLElement | null} */
let opener = null;
document.addEventListener("click", (event) => {
  const button = closest(event, "[data-ask]");
  if (!button || button.matches(":disabled")) return;
  const { ask = "{}", askInto = "" } = button.dataset;
  opener = button;
  // The server does not know where the viewer is, and a schedule begins there.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  setProps(askInto, { data: { ...JSON.parse(ask), at: Date.now(), zone: timeZone } });
});

/** @type {WeakMap<HTMLElement, string>} */
const shown = new WeakMap();
whenChanged(() => {
  for (const holder of all("[data-dialog]")) {
    const value = holder.dataset.dialog;
    if (!value) shown.delete(holder);
    if (!value || shown.get(holder) === value) continue;
    shown.set(holder, value);
    const spec = /** @type {Spec} */ (JSON.parse(value));
    const { into, action, token } = spec;
    document.body.append(
      new ActionDialog(spec, opener, (values) => setProps(into, { data: { action, token, values } })),
    );
    // Asked for again within the second, it has the same token: without this nothing would change, and nothing open.
    setProps(holder.id, { "data-dialog": "" });
  }
});

// A dialog belongs to its page, whichever script of ours has opened it.
window.addEventListener("popstate", () => {
  for (const dialog of all("dialog.dialog[open]")) if (dialog instanceof HTMLDialogElement) dialog.close();
});
