// What can be done with a result: filters, copy, jump. Downloads, profile and chart have their own files.
(function () {
  "use strict";
  const OPERATORS = {
    text: [["contains", "contains"], ["lacks", "does not contain"], ["eq", "is"], ["ne", "is not"], ["starts", "starts with"], ["ends", "ends with"]],
    number: [["eq", "="], ["ne", "≠"], ["lt", "<"], ["le", "≤"], ["gt", ">"], ["ge", "≥"], ["between", "between"]],
    boolean: [["eq", "is"]],
    other: [],
  };
  OPERATORS.date = OPERATORS.time = OPERATORS.number;
  const ANY = [["null", "is NULL"], ["present", "is not NULL"]];

  function element(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  const bar = (id) => document.querySelector(`[data-result="${CSS.escape(id)}"]`);
  const part = (id, name) => bar(id)?.querySelector(`[data-part=${name}]`);
  const operatorsOf = (column) => [...OPERATORS[column.kind], ...ANY];
  const words = (column, operator) => operatorsOf(column).find(([key]) => key === operator)?.[1] ?? operator;

  // Filters

  function chips(id) {
    const result = window.portalResults.get(id);
    const place = part(id, "chips");
    if (!result || !place) return;
    place.replaceChildren(
      ...result.filter.map((one, index) => {
        const column = result.first.columns[one.column];
        const value = ["null", "present"].includes(one.operator) ? "" : one.operator === "between" ? ` ${one.value} and ${one.other}` : ` ${one.value}`;
        const text = `${column.name} ${words(column, one.operator)}${value}`;
        const drop = element("button", { type: "button", className: "chip-drop" }, element("span", { className: "icon i-x-lg" }));
        drop.setAttribute("aria-label", `Remove filter ${text}`);
        drop.addEventListener("click", () => result.refilter(result.filter.filter((_, other) => other !== index)));
        return element("span", { className: "chip" }, text, drop);
      }),
    );
  }

  function filterForm(id) {
    const form = part(id, "form");
    if (!form.hidden && form.dataset.shows === "filter") {
      form.hidden = true;
      return;
    }
    const result = window.portalResults.get(id);
    const columns = result.first.columns;
    form.hidden = false;
    form.dataset.shows = "filter";
    const column = element("select", { className: "form-select form-select-sm" }, ...columns.map((one, index) => new Option(one.name || `(column ${index + 1})`, index)));
    const operator = element("select", { className: "form-select form-select-sm" });
    const value = element("input", { className: "form-control form-control-sm", autocomplete: "off" });
    const other = element("input", { className: "form-control form-control-sm", autocomplete: "off" });
    const add = element("button", { type: "submit", className: "btn btn-sm btn-primary" }, "Add filter");
    for (const [node, label] of [[column, "Column"], [operator, "Comparison"], [value, "Value"], [other, "Upper value"]]) node.setAttribute("aria-label", label);
    const shape = () => {
      const wordless = ["null", "present"].includes(operator.value);
      value.hidden = wordless;
      other.hidden = operator.value !== "between";
      const kind = columns[column.value].kind;
      for (const field of [value, other]) {
        field.type = { date: "date", time: "datetime-local" }[kind] || "text";
        if (kind === "time") field.step = "0.001";
        field.inputMode = kind === "number" ? "decimal" : "text";
      }
      if (kind === "boolean") value.placeholder = "true or false";
    };
    const choose = () => {
      operator.replaceChildren(...operatorsOf(columns[column.value]).map(([key, text]) => new Option(text, key)));
      shape();
    };
    column.addEventListener("change", choose);
    operator.addEventListener("change", shape);
    choose();
    const inner = element("form", { className: "filter-form" }, column, operator, value, other, add);
    inner.addEventListener("submit", (event) => {
      event.preventDefault();
      result.refilter([...result.filter, { column: Number(column.value), operator: operator.value, value: value.value.replace("T", columns[column.value].kind === "time" ? " " : "T"), other: other.value.replace("T", " ") }]);
      value.value = other.value = "";
      value.focus();
    });
    form.replaceChildren(inner);
    column.focus();
  }

  // Events

  document.addEventListener("portal:result-note", (event) => {
    const { id, text, cancel } = event.detail;
    const note = part(id, "note");
    if (!note) return;
    note.replaceChildren(text);
    if (!cancel) return;
    const stop = element("button", { type: "button", className: "btn btn-sm btn-link" }, "Cancel");
    stop.addEventListener("click", () => window.portalPost(`results/${cancel}/cancel`, {}).catch(() => {}));
    note.append(" ", stop);
  });
  document.addEventListener("portal:result-view", (event) => chips(event.detail.id));
  document.addEventListener("portal:result", (event) => {
    const { id } = event.detail;
    const result = window.portalResults.get(id);
    const jump = document.querySelector(`[data-jump="${CSS.escape(id)}"]`);
    if (jump && !jump.children.length) {
      const field = element("input", { id: `jump-${id}`, type: "number", min: 1, max: result.first.total, className: "form-control form-control-sm" });
      field.addEventListener("keydown", (pressed) => {
        if (pressed.key !== "Enter") return;
        pressed.preventDefault();
        const row = Math.min(Math.max(1, Number(field.value) || 1), result.api.getDisplayedRowCount()) - 1;
        result.api.ensureIndexVisible(row, "top");
        result.api.setFocusedCell(row, "c0");
        field.closest("details").open = false;
      });
      jump.append(field);
    }
    const whole = bar(id)?.querySelector("[data-whole]");
    if (whole && !whole.querySelector("input")) whole.prepend(element("input", { type: "checkbox", id: whole.dataset.whole, className: "form-check-input" }));
  });

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    for (const box of document.querySelectorAll(".menu-box[open]")) if (!box.contains(target)) box.open = false;
    const id = target?.closest("[data-result]")?.dataset.result;
    const result = id && window.portalResults.get(id);
    if (!result) return;
    const act = target.closest("[data-act]")?.dataset.act;
    if (act === "filter") filterForm(id);
    if (act === "copy") window.portalCopy(result);
    if (act === "copy-id") navigator.clipboard.writeText(id).then(() => result.say("Statement id copied."), () => result.say(id));
    if (act === "profile") window.portalProfile?.(result);
    if (act === "chart") window.portalChart?.(result);
    const chosen = target.closest("[data-download]");
    if (chosen) {
      const whole = bar(id).querySelector("[data-whole] input")?.checked || false;
      chosen.closest("details").open = false;
      window.portalDownload(id, chosen.dataset.download, whole);
    }
  });
  document.addEventListener("keydown", (event) => {
    const box = event.key === "Escape" && event.target instanceof Element ? event.target.closest(".menu-box[open]") : null;
    if (box) {
      box.open = false;
      box.querySelector("summary").focus();
    }
  });
  window.portalResultPart = part;
})();
