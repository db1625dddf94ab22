// One value, whole: long text, and nested values as a tree. Also copying rows with their headers.
(function () {
  "use strict";
  function element(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  // {object: [[key, tree], …]}, {list: [tree, …]} or {leaf, kind}
  function branch(key, tree, open) {
    const name = key === null ? null : element("span", { className: "value-key" }, `${key}: `);
    if ("leaf" in tree) {
      const shown = tree.leaf === null ? "NULL" : tree.kind === "text" ? JSON.stringify(tree.leaf) : tree.leaf;
      return element("li", {}, name, element("span", { className: `value-${tree.kind}` }, shown));
    }
    const parts = tree.object || tree.list.map((item, index) => [index, item]);
    const count = tree.object ? `{${parts.length}}` : `[${parts.length}]`;
    if (!parts.length) return element("li", {}, name, tree.object ? "{}" : "[]");
    const list = element("ul", { className: "value-tree" });
    const details = element("details", { open }, element("summary", {}, name, element("span", { className: "value-count" }, count)), list);
    const fill = () => {
      if (!list.children.length) list.append(...parts.map(([part, item]) => branch(part, item, parts.length < 20)));
    };
    if (open) fill();
    details.addEventListener("toggle", fill);
    return element("li", {}, details);
  }

  window.portalCellDialog = async function (result, row, column) {
    const name = result.first.columns[column].name || "(no name)";
    const body = element("div", { className: "cell-body" }, "Loading…");
    const copy = element("button", { type: "button", className: "btn btn-sm btn-outline-secondary", disabled: true }, "Copy");
    const close = element("button", { type: "button", className: "btn btn-sm btn-primary" }, "Close");
    const title = element("h2", { className: "cell-title", id: "cell-title" }, `${name}, row ${(row + 1).toLocaleString("en")}`);
    const dialog = element("dialog", { className: "cell-dialog" }, title, body, element("div", { className: "state-actions" }, copy, close));
    dialog.setAttribute("aria-labelledby", "cell-title");
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    try {
      const cell = await result.cell(row, column);
      title.append(element("span", { className: "cell-type" }, cell.type));
      if (cell.tree) body.replaceChildren(element("ul", { className: "value-tree is-root" }, branch(null, cell.tree, true)));
      else if (cell.text === null) body.replaceChildren(element("span", { className: "value-null" }, "NULL"));
      else body.replaceChildren(element("pre", { className: "cell-text", tabIndex: 0 }, cell.text === "" ? "(empty text)" : cell.text));
      copy.disabled = false;
      copy.addEventListener("click", () => navigator.clipboard.writeText(cell.text ?? "").then(() => (copy.textContent = "Copied"), () => (copy.textContent = "Not allowed here")));
    } catch (error) {
      body.replaceChildren(error.message);
    }
  };

  // Tab-separated text with headers: the selected rows, or the first thousand.
  const MOST = 1000;
  const field = (value) => {
    const text = value === null ? "" : String(value);
    return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  window.portalCopy = async function (result) {
    const names = result.first.columns.map((column) => field(column.name));
    const selected = result.api.getSelectedNodes().sort((a, b) => a.rowIndex - b.rowIndex);
    let rows;
    let total = selected.length;
    let cut = false;
    if (selected.length) rows = selected.map((node) => names.map((_, index) => node.data[`c${index}`]));
    else ({ rows, total } = await result.window(0, MOST));
    const lines = rows.map((row) => row.map((value) => {
      if (Array.isArray(value)) cut = true;
      return field(Array.isArray(value) ? value[0] : value);
    }).join("\t"));
    try {
      await navigator.clipboard.writeText([names.join("\t"), ...lines].join("\n"));
      const long = cut ? " Long values were cut: open a cell to copy it whole." : "";
      const some = total <= rows.length ? "" : ` of ${total.toLocaleString("en")}`;
      result.say(`Copied ${rows.length.toLocaleString("en")}${some} rows with their headers.${long}`);
    } catch {
      result.say("This browser does not let the page copy.");
    }
  };
})();
