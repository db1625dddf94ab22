// A result's grid: rows in windows from the server, values as the text that they came as.
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const warehouse = (clientside.warehouse = clientside.warehouse || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  // NULL, nothing and blanks look different from each other and from any text; long text is cut.
  functions.portalCell = function (params) {
    const value = params.value;
    if (value === null) return "NULL";
    if (value === undefined) return "";
    if (Array.isArray(value)) return `${value[0]}…`;
    if (value === "") return "empty";
    return value.trim() === "" ? value.replace(/ /g, "␣").replace(/\t/g, "⇥").replace(/\n/g, "⏎") : value;
  };

  const root = () => {
    const meta = document.getElementById("_dash-config");
    return meta ? JSON.parse(meta.textContent).requests_pathname_prefix : "/";
  };
  // POST JSON to a path of ours; an Error with the state's own words where it is refused.
  window.portalPost = async function (path, body, signal) {
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
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) return found;
    throw Object.assign(new Error(found.message || `The portal answered ${answer.status}.`), {
      kind: found.error || "failed",
      request: found.request_id,
      line: found.line,
      position: found.position,
    });
  };

  function keyed(rows) {
    return rows.map((row) => Object.fromEntries(row.map((value, index) => [`c${index}`, value])));
  }

  function source(first) {
    const early = first;
    return {
      rowCount: first.total,
      async getRows(asked) {
        const { startRow, endRow } = asked;
        if (early && startRow === early.start && early.rows.length >= Math.min(endRow, first.total) - startRow) {
          asked.successCallback(keyed(early.rows), first.total);
          return;
        }
        try {
          const found = await window.portalPost(`results/${first.id}/rows`, { start: startRow, stop: endRow });
          asked.successCallback(keyed(found.rows), found.total);
          trouble(first.id, null);
        } catch (error) {
          asked.failCallback();
          trouble(first.id, error);
        }
      },
    };
  }

  // A window that did not come: said above the grid, with a way to try again.
  function trouble(id, error) {
    const grid = document.getElementById(`result-${id}`);
    const place = grid?.closest(".grid");
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
      note.append(document.createElement("span"), document.createElement("button"));
      note.lastChild.type = "button";
      note.lastChild.className = "btn btn-sm btn-outline-secondary";
      note.lastChild.textContent = "Try again";
      note.lastChild.addEventListener("click", () => again(id, error));
      place.prepend(note);
    }
    note.firstChild.textContent = `These rows did not come. ${error.message} `;
  }
  async function again(id, error) {
    if (["offline", "unreachable", "busy", "failed"].includes(error.kind)) {
      const api = await window.dash_ag_grid.getApiAsync(`result-${id}`);
      trouble(id, null);
      api.refreshInfiniteCache();
    } else clientside.set_props({ part: "again", region: id }, { data: Date.now() }); // the page draws the state
  }

  // Called by Dash for each new grid, with its first window.
  warehouse.attach = function (first) {
    window.dash_ag_grid.getApiAsync(`result-${first.id}`).then((api) => {
      const rows = source(first);
      // The component sets a source of its own when its grid is ready, which may be before or after this.
      const until = performance.now() + 3000;
      (function insist() {
        if (api.isDestroyed()) return;
        if (api.getGridOption("datasource") !== rows) api.setGridOption("datasource", rows);
        if (performance.now() < until) requestAnimationFrame(insist);
      })();
      document.dispatchEvent(new CustomEvent("portal:result", { detail: { id: first.id, api } }));
    });
    return clientside.no_update;
  };
})();
