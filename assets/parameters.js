// Inputs for the parameters (`:name`) of the text: typed, kept with the draft, sent as statement parameters.
(function () {
  "use strict";
  const TYPES = [
    ["text", "Text"],
    ["number", "Number"],
    ["date", "Date"],
    ["timestamp", "Time stamp"],
    ["boolean", "Boolean"],
    ["list", "List"],
    ["null", "NULL"],
  ];
  let drawn = "";

  function element(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function given(name) {
    return window.portalDrafts.current.params?.[name] || { type: guess(name), value: "" };
  }
  // A first guess by the name, for the viewer to change.
  function guess(name) {
    if (/(_|^)(date|day)$/i.test(name)) return "date";
    if (/(_at|_time|timestamp|_ts)$/i.test(name)) return "timestamp";
    if (/^(n|num|count|limit|min|max|amount|year|month)$|_(id|count|amount)$|^id$/i.test(name)) return "number";
    if (/^(is|has)_/i.test(name)) return "boolean";
    if (/(ids|list)$/i.test(name)) return "list";
    return "text";
  }
  function keep(name, change) {
    const params = { ...window.portalDrafts.current.params, [name]: { ...given(name), ...change } };
    window.portalDrafts.change({ params });
    document.dispatchEvent(new CustomEvent("portal:parameters"));
  }

  function input(name, { type, value }) {
    const common = { className: "form-control form-control-sm parameter-value", id: `parameter-${name}` };
    let field;
    if (type === "boolean") {
      field = element("select", { ...common, className: "form-select form-select-sm parameter-value" },
        ...["true", "false"].map((word) => new Option(word, word, false, word === value)));
      if (value !== "true" && value !== "false") keep(name, { type, value: "true" });
    } else if (type === "list") {
      field = element("textarea", { ...common, rows: 1, value, placeholder: "one, two, three" });
    } else {
      field = element("input", {
        ...common,
        type: { date: "date", timestamp: "datetime-local" }[type] || "text",
        value: type === "null" ? "" : value,
        disabled: type === "null",
        autocomplete: "off",
      });
      if (type === "timestamp") field.step = "0.001";
      if (type === "number") field.inputMode = "decimal";
    }
    field.addEventListener("input", () => keep(name, { type, value: field.value }));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || field.tagName === "INPUT")) {
        event.preventDefault();
        window.portalWarehouse.run(false);
      }
    });
    return field;
  }

  function row(name) {
    const now = given(name);
    const type = element("select", { className: "form-select form-select-sm parameter-type" },
      ...TYPES.map(([key, text]) => new Option(text, key, false, key === now.type)));
    type.setAttribute("aria-label", `Type of ${name}`);
    type.addEventListener("change", () => {
      keep(name, { type: type.value });
      drawn = "";
      window.portalParameters.draw(window.portalSql.markers(window.portalEditor.text()));
    });
    return element("div", { className: "parameter" },
      element("label", { htmlFor: `parameter-${name}`, className: "parameter-name" }, `:${name}`), type, input(name, now));
  }

  window.portalParameters = {
    draw(names) {
      const place = document.getElementById("warehouse-parameters");
      if (!place) return;
      const wanted = JSON.stringify([window.portalDrafts.active, names]);
      if (wanted === drawn && place.children.length === names.length) return;
      drawn = wanted;
      const focused = place.contains(document.activeElement) ? document.activeElement.id : null;
      place.replaceChildren(...names.map(row));
      place.hidden = !names.length;
      if (focused) document.getElementById(focused)?.focus();
    },
    values() {
      const names = window.portalSql.markers(window.portalEditor.text());
      return Object.fromEntries(names.map((name) => [name, given(name)]));
    },
  };
})();
