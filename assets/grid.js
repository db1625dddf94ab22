// Grids: how values look and compare, the accessible name of AG Grid's own element, and arrow keys in small grids.
(function () {
  "use strict";
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  // `null` is NULL; a cell of a row that has not arrived yet is undefined, and stays empty.
  functions.portalValue = function (params) {
    if (params.value === null) return "NULL";
    if (params.value === undefined) return "";
    return String(params.value);
  };

  // Numbers that came as text because a double cannot hold them, compared exactly.
  function parts(text) {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    return match && { negative: match[1] === "-", whole: BigInt(match[2]), fraction: match[3] || "" };
  }
  function compareText(a, b) {
    const x = parts(a);
    const y = parts(b);
    if (!x || !y) return Number(a) - Number(b) || 0;
    if (x.negative !== y.negative) return x.negative ? -1 : 1;
    const sign = x.negative ? -1 : 1;
    if (x.whole !== y.whole) return x.whole < y.whole ? -sign : sign;
    const width = Math.max(x.fraction.length, y.fraction.length);
    const left = x.fraction.padEnd(width, "0");
    const right = y.fraction.padEnd(width, "0");
    return left === right ? 0 : left < right ? -sign : sign;
  }
  functions.portalCompare = function (a, b) {
    if (a === b) return 0;
    if (a === null || a === undefined) return -1;
    if (b === null || b === undefined) return 1;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return compareText(String(a), String(b));
  };

  // dash-ag-grid takes no aria-label, and a label on a wrapper leaves role=grid unnamed.
  function name(node) {
    for (const wrapper of node.querySelectorAll("[data-grid-name]")) {
      const grid = wrapper.querySelector('.ag-root[role="grid"], .ag-root[role="treegrid"]');
      if (grid && grid.getAttribute("aria-label") !== wrapper.dataset.gridName) {
        grid.setAttribute("aria-label", wrapper.dataset.gridName);
      }
    }
  }
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      name(document);
      document.querySelectorAll("table[role=grid]:not([data-keys])").forEach(firstStop);
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Small grids: one stop in the tab order; arrows, Home and End move inside.
  function firstStop(table) {
    table.dataset.keys = "1";
    const cell = table.querySelector("th, td");
    if (cell) cell.tabIndex = 0;
  }
  document.addEventListener("keydown", (event) => {
    const cell = event.target instanceof Element ? event.target.closest("table[role=grid] :is(th, td)") : null;
    if (!cell || event.target !== cell || event.ctrlKey || event.altKey || event.metaKey) return;
    const rows = [...cell.closest("table").rows];
    const row = rows.indexOf(cell.parentElement);
    const to = {
      ArrowRight: [row, cell.cellIndex + 1],
      ArrowLeft: [row, cell.cellIndex - 1],
      ArrowDown: [row + 1, cell.cellIndex],
      ArrowUp: [row - 1, cell.cellIndex],
      Home: [row, 0],
      End: [row, cell.parentElement.cells.length - 1],
    }[event.key];
    const next = to && rows[to[0]]?.cells[to[1]];
    if (!to) return;
    event.preventDefault();
    if (!next) return;
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
})();

// Badges (portal.ui.badges.cell) as cells.
(function () {
  "use strict";
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = window.dashAgGridFunctions;
  const create = (...args) => window.React.createElement(...args);

  components.PortalBadge = function (params) {
    const badge = params.value;
    if (!badge) return null;
    return create(
      "span",
      { className: `badge-state is-${badge.tone}` },
      create("span", { className: `icon i-${badge.icon}`, "aria-hidden": "true" }),
      create("span", null, badge.text),
    );
  };
  // A time (epoch in milliseconds), relative, with the exact one on hover.
  components.PortalWhen = function (params) {
    if (!params.value) return create("span", { className: "text-body-secondary" }, "–");
    const { ago, exact } = window.portalWhen;
    return create(
      "time",
      { "data-when": "ago", dateTime: new Date(params.value).toISOString(), title: exact(params.value) },
      ago(params.value),
    );
  };
  // A link inside the portal: value {text, href}; ctrl-click and middle click work as for any link.
  components.PortalLink = function (params) {
    const link = params.value;
    if (!link) return null;
    return create(
      "a",
      {
        href: link.href,
        onClick: (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
          event.preventDefault();
          history.pushState({}, "", link.href);
          window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
          window.dispatchEvent(new CustomEvent("_dashprivate_historychange"));
        },
      },
      link.text,
    );
  };
  functions.portalBadgeText = (params) => params.data?.[params.colDef.field]?.text ?? "";
  functions.portalBadgeCompare = (a, b) => (a?.text ?? "").localeCompare(b?.text ?? "");
})();
