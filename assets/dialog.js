// Dialogs of actions. A button with `data-ask` (JSON) asks the server for one; what comes back (`data-dialog`, JSON) is
// shown in a native modal dialog: the browser keeps focus inside, and Escape closes it. Confirming hands the signed token
// and what was filled in to the server, once.
(function () {
  "use strict";
  const shown = new WeakMap();

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function field(spec, index) {
    const id = `dialog-field-${index}`;
    if (spec.kind === "check") {
      const box = element("input", { type: "checkbox", id, class: "form-check-input", "data-field": spec.name, checked: spec.value });
      return element("div", { class: "form-check" }, box, element("label", { class: "form-check-label", for: id }, spec.label));
    }
    const input = element("input", { type: "text", id, class: "form-control", "data-field": spec.name, autocomplete: "off" });
    input.value = spec.value;
    return element("div", { class: "dialog-field" }, element("label", { class: "form-label", for: id }, spec.label), input);
  }

  function open(spec, opener) {
    const title = element("h2", { class: "dialog-title", id: "dialog-title" }, spec.title);
    const confirm = element("button", { type: "submit", class: `btn ${spec.danger ? "btn-danger" : "btn-primary"}` }, spec.confirm);
    const leave = element("button", { type: "button", class: "btn btn-outline-secondary" }, spec.leave);
    const fields = spec.fields.map(field);
    const group = fields.length ? element("fieldset", { class: "dialog-fields" }, element("legend", {}, spec.legend), ...fields) : null;
    const form = element("form", {}, title, element("p", {}, spec.text), group, element("div", { class: "dialog-actions" }, leave, confirm));
    const dialog = element("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, form);
    leave.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (confirm.disabled) return;
      confirm.disabled = true;
      const values = {};
      for (const input of form.querySelectorAll("[data-field]")) {
        values[input.dataset.field] = input.type === "checkbox" ? input.checked : input.value;
      }
      window.dash_clientside.set_props(spec.into, { data: { action: spec.action, token: spec.token, values } });
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    (form.querySelector("[data-field]") || confirm).focus();
  }

  let opener = null;
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-ask]");
    if (!button || button.disabled) return;
    opener = button;
    window.dash_clientside.set_props(button.dataset.askInto, { data: { ...JSON.parse(button.dataset.ask), at: Date.now() } });
  });

  new MutationObserver(() => {
    for (const holder of document.querySelectorAll("[data-dialog]")) {
      const value = holder.dataset.dialog;
      if (!value) shown.delete(holder);
      if (!value || shown.get(holder) === value) continue;
      shown.set(holder, value);
      open(JSON.parse(value), opener);
      // Asked for again within the second, it has the same token: without this nothing would change, and nothing open.
      window.dash_clientside.set_props(holder.id, { "data-dialog": "" });
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-dialog"] });

  // A dialog belongs to its page.
  window.addEventListener("popstate", () => document.querySelectorAll("dialog.dialog").forEach((dialog) => dialog.close()));
})();
