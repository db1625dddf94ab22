// A result's grid: rows in windows from the server, values as the text that they came as, sorted and filtered as asked.
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const warehouse = (clientside.warehouse = clientside.warehouse || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  // A number's text with the separators of the viewer's language, digit by digit: no value passes through a double.
  const whole = new Intl.NumberFormat(undefined, { numberingSystem: "latn" });
  const point = whole.formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";
  function grouped(text) {
    const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    if (!found) return text;
    const [, sign, digits, fraction] = found;
    return sign + whole.format(BigInt(digits)) + (fraction === undefined ? "" : point + fraction);
  }

  // NULL, nothing and blanks look different from each other and from any text; long text is cut.
  functions.portalCell = function (params) {
    const value = params.value;
    if (value === null) return "NULL";
    if (value === undefined) return "";
    if (Array.isArray(value)) return `${value[0]}…`;
    if (value === "") return "empty";
    if (params.colDef.cellClass?.includes("cell-grouped")) return grouped(value);
    return value.trim() === "" ? value.replace(/ /g, "␣").replace(/\t/g, "⇥").replace(/\n/g, "⏎") : value;
  };

  const root = () => {
    const meta = document.getElementById("_dash-config");
    return meta ? JSON.parse(meta.textContent).requests_pathname_prefix : "/";
  };
  window.portalPath = (path) => root() + path;
  async function refusal(answer) {
    const found = await answer.json().catch(() => ({}));
    return Object.assign(new Error(found.message || `The portal answered ${answer.status}.`), {
      kind: found.error || "failed",
      request: found.request_id,
      line: found.line,
      position: found.position,
    });
  }
  // POST JSON to a path of ours; an Error with the state's own words where it is refused.
  window.portalSend = async function (path, body, signal) {
    let answer;
    try {
      answer = await fetch(root() + path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        credentials: "same-origin",
        signal,
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw Object.assign(new Error("The portal cannot be reached."), { kind: "offline" });
    }
    if (!answer.ok) throw await refusal(answer);
    return answer;
  };
  window.portalPost = async (path, body, signal) => (await window.portalSend(path, body, signal)).json();

  const results = new Map(); // by statement id
  const keyed = (rows) => rows.map((row) => Object.fromEntries(row.map((value, index) => [`c${index}`, value])));

  // How the server can run the statement once more, as this browser remembers it.
  function again(id) {
    const { sql, params, catalog, schema, warehouse: where, limit } = { ...window.portalWarehouse.context(id), ...window.portalWarehouse.states.get(id) };
    return sql ? { sql, params: params || {}, catalog, schema, warehouse: where, limit: limit ?? null } : null;
  }

  class Result {
    constructor(first, api) {
      this.first = first;
      this.api = api;
      this.id = first.id;
      this.sort = [];
      this.filter = [];
      this.resolved = new Map(); // view as JSON -> promise of {id, view, total, here}
    }
    get view() {
      return { sort: this.sort, filter: this.filter };
    }
    get isPlain() {
      return !this.sort.length && !this.filter.length;
    }
    // Which statement has the rows of the current view, and whether the server still has to arrange them.
    resolve() {
      if (this.isPlain) return Promise.resolve({ id: this.id, view: null, total: this.first.total, here: true });
      const view = structuredClone(this.view);
      const key = JSON.stringify(view);
      if (!this.resolved.has(key)) {
        const found = this.arrange(view);
        this.resolved.set(key, found);
        found.catch(() => this.resolved.delete(key));
      }
      return this.resolved.get(key);
    }
    async arrange(view) {
      const found = await window.portalPost(`results/${this.id}/view`, { view, again: again(this.id) });
      if (found.here) return { id: this.id, view, total: found.total, here: true };
      this.say("The warehouse sorts and filters; this result is too large for the portal…", found.id);
      for (;;) {
        const state = await window.portalPost(`results/${found.id}/state`, {});
        if (state.state === "SUCCEEDED") return { id: found.id, view: null, total: state.total, here: false };
        if (state.state === "CANCELED") throw Object.assign(new Error("Canceled."), { kind: "canceled" });
        if (state.state === "CLOSED") throw Object.assign(new Error("It expired."), { kind: "no-such-thing" });
      }
    }
    say(text, cancel = null) {
      document.dispatchEvent(new CustomEvent("portal:result-note", { detail: { id: this.id, text, cancel } }));
    }
    described(found) {
      if (this.isPlain) return "";
      const rows = `${found.total.toLocaleString("en")} of ${this.first.total.toLocaleString("en")} rows`;
      const whole = this.first.truncated ? `the ${this.first.total.toLocaleString("en")} rows that were fetched` : "the whole result";
      return this.filter.length
        ? `${rows}: ${whole}, filtered ${found.here ? "by the portal" : "by the warehouse"}.`
        : `Sorted ${found.here ? "by the portal" : "by the warehouse"}: ${whole}.`;
    }
    source() {
      return {
        rowCount: undefined,
        getRows: async (asked) => {
          const { startRow, endRow } = asked;
          this.sort = asked.sortModel.map(({ colId, sort }) => ({ column: Number(colId.slice(1)), descending: sort === "desc" }));
          const first = this.first;
          if (this.isPlain && startRow === 0 && first.rows.length >= Math.min(endRow, first.total)) {
            this.say("");
            asked.successCallback(keyed(first.rows), first.total);
            return;
          }
          try {
            const found = await this.resolve();
            const window_ = await window.portalPost(`results/${found.id}/rows`, { start: startRow, stop: endRow, view: found.view });
            asked.successCallback(keyed(window_.rows), window_.total);
            this.say(this.described(found));
            trouble(this.id, null);
          } catch (error) {
            asked.failCallback();
            this.say("");
            trouble(this.id, error);
          }
        },
      };
    }
    refilter(filter) {
      this.filter = filter;
      this.api.ensureIndexVisible(0, "top");
      this.api.setGridOption("datasource", (this.rows = this.source()));
      document.dispatchEvent(new CustomEvent("portal:result-view", { detail: { id: this.id } }));
    }
    // Rows of the current view as arrays, at most a thousand at a time.
    async window(start, stop) {
      const found = await this.resolve();
      return window.portalPost(`results/${found.id}/rows`, { start, stop, view: found.view });
    }
    async cell(row, column) {
      const found = await this.resolve();
      return window.portalPost(`results/${found.id}/cell`, { row, column, view: found.view });
    }
  }

  // Whether the viewer may have the rows, and which: the page's to draw, in the place of what it shows.
  const NO_LONGER = new Set(["sign-in-connect", "sign-in-databricks", "session-ended", "no-such-thing", "not-permitted"]);
  // A window that did not come: said above the grid, with a way to try again.
  function trouble(id, error) {
    if (NO_LONGER.has(error?.kind)) {
      clientside.set_props({ part: "again", region: id }, { data: Date.now() });
      return;
    }
    const place = document.getElementById(`result-${id}`)?.closest(".grid");
    if (!place) return;
    let note = place.querySelector(".grid-trouble");
    if (!error) {
      note?.remove();
      return;
    }
    if (!note) {
      note = document.createElement("div");
      note.className = "grid-trouble";
      note.setAttribute("role", "alert");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: "Try again" });
      note.append(document.createElement("span"), button);
      place.prepend(note);
    }
    note.firstChild.textContent = `These rows did not come. ${error.message} `;
    note.lastChild.onclick = () => {
      trouble(id, null);
      results.get(id)?.api.refreshInfiniteCache();
    };
  }

  // Called by Dash for each new grid, with its first window.
  warehouse.attach = function (first) {
    window.dash_ag_grid.getApiAsync(`result-${first.id}`).then((api) => {
      const result = new Result(first, api);
      result.rows = result.source();
      results.set(first.id, result);
      // The component sets a source of its own when its grid is ready, which may be before or after this.
      const until = performance.now() + 3000;
      (function insist() {
        if (api.isDestroyed()) return;
        if (api.getGridOption("datasource") !== result.rows) api.setGridOption("datasource", result.rows);
        if (performance.now() < until) requestAnimationFrame(insist);
      })();
      const open = (event) => event.data && window.portalCellDialog(result, event.rowIndex, Number(event.column.getColId().slice(1)));
      api.addEventListener("cellDoubleClicked", open);
      api.addEventListener("cellKeyDown", (event) => {
        if (event.event.key === "Enter") open(event);
        if (event.event.key === "c" && (event.event.ctrlKey || event.event.metaKey) && !String(getSelection())) window.portalCopy(result);
      });
      api.addEventListener("sortChanged", () => {
        api.ensureIndexVisible(0, "top");
        document.dispatchEvent(new CustomEvent("portal:result-view", { detail: { id: first.id } }));
      });
      document.dispatchEvent(new CustomEvent("portal:result", { detail: { id: first.id } }));
    });
    return clientside.no_update;
  };

  window.portalResults = { get: (id) => results.get(id), again };
})();
