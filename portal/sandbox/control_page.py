"""/__sandbox__/: a page for people who want to see the portal fail well. Each button is one control request."""

from __future__ import annotations

import html
import json
from typing import Any

from aiohttp import web

from portal.sandbox.connect.pages import page

Preset = tuple[str, str, str, dict[str, Any]]
"""Label, what happens, control path, body."""

GROUPS: tuple[tuple[str, tuple[Preset, ...]], ...] = (
    (
        "Databricks",
        (
            ("Unavailable", "Every API call answers 503.", "/faults",
             {"where": "workspace", "route": "^/(api|sql)/", "status": 503}),
            ("Five failures", "The next five API calls answer 503, then all is well.", "/faults",
             {"where": "workspace", "route": "^/(api|sql)/", "status": 503, "count": 5}),
            ("Flaky", "One call in five answers 500.", "/faults",
             {"where": "workspace", "route": "^/(api|sql)/", "status": 500, "rate": 0.2}),
            ("Rate limit", "Two API calls a second; more get 429.", "/rate-limit",
             {"route": "^/(api|sql)/", "per_second": 2}),
            ("Slow", "Every call takes three seconds longer.", "/faults",
             {"where": "workspace", "route": "^/(api|sql)/", "delay": 3}),
            ("Cut off", "Connections end without an answer.", "/faults",
             {"where": "workspace", "route": "^/(api|sql)/", "drop": True}),
            ("No access to jobs", "Jobs answer 403 to analyst-west.", "/faults",
             {"where": "workspace", "route": "/jobs/", "viewer": "analyst-west", "status": 403}),
            ("HTML instead of JSON", "A proxy's error page answers.", "/faults",
             {"where": "workspace", "route": "^/api/", "status": 502, "body": "<html><h1>Bad gateway</h1></html>"}),
        ),
    ),
    (
        "Warehouse and results",
        (
            ("Stop the warehouse", "The next query starts it: eight seconds.", "/warehouses/{warehouse}",
             {"state": "STOPPED", "start_seconds": 8}),
            ("Start it", "Running again.", "/warehouses/{warehouse}", {"state": "RUNNING", "start_seconds": 3}),
            ("Short links", "Links to results are good for two seconds.", "/links", {"lifetime": 2}),
            ("Storage refuses", "Links to results answer 403.", "/faults", {"where": "storage", "status": 403}),
            ("Slow storage", "Results arrive at 50 KB/s.", "/faults", {"where": "storage", "slow_body": 50_000}),
        ),
    ),
    (
        "Connect and credentials",
        (
            ("Exchange fails", "The credential exchange answers a gateway's HTML page.", "/faults",
             {"where": "connect", "route": "integrations/credentials", "status": 502}),
            ("Exchange slow", "The credential exchange takes five seconds.", "/faults",
             {"where": "connect", "route": "integrations/credentials", "delay": 5}),
            ("Revoke the engineer's tokens", "Databricks answers 401 once, the next exchange helps.", "/revoke",
             {"viewer": "engineer"}),
            ("End the engineer's login", "The engineer must sign in to Databricks again.", "/revoke",
             {"viewer": "engineer", "oauth_session": True}),
            ("Short credentials", "Credentials live 30 seconds.", "/tokens", {"lifetime": 30}),
            ("Rotate session tokens", "A new token with every request.", "/tokens", {"rotate": "every-request"}),
            ("Newcomer signs in", "As if they had completed the login.", "/viewers/newcomer", {"signed_in": True}),
        ),
    ),
    (
        "Size",
        (
            ("10,000 jobs", "A list that no page may fetch whole.", "/jobs", {"count": 10_000, "runs": 2}),
            ("5,000 tables", "A schema main.many.", "/tables", {"count": 5000}),
        ),
    ),
)  # fmt: skip

SCRIPT = """
<script>
const base = location.pathname.replace(/\\/$/, "");
const said = document.getElementById("said");
async function send(method, path, body) {
  const answer = await fetch(base + path, { method, headers: { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  said.textContent = answer.ok ? "Done." : text;
  await refresh();
}
for (const button of document.querySelectorAll("button[data-path]"))
  button.onclick = () => send(button.dataset.method, button.dataset.path,
    button.dataset.body ? JSON.parse(button.dataset.body) : undefined);
function row(cells) {
  const tr = document.createElement("tr");
  for (const cell of cells) { const td = document.createElement("td"); td.textContent = cell; tr.append(td); }
  return tr;
}
async function refresh() {
  const state = await (await fetch(base + "/state")).json();
  document.getElementById("faults").replaceChildren(...state.faults.map(f => row([f.where, f.route || "any route",
    f.status || (f.drop ? "drop" : "pass on"), f.delay ? f.delay + " s" : "", f.count ?? "no end", f.hits])));
  document.getElementById("none").hidden = state.faults.length > 0;
  document.getElementById("places").replaceChildren(...state.viewers.map(v => row([v.viewer,
    v.signed_in ? "signed in to Databricks" : "not signed in to Databricks"])),
    ...state.warehouses.map(w => row([w.name, w.state])));
  document.getElementById("calls").replaceChildren(...state.calls.map(c => row([c.where, c.method, c.route,
    c.viewer || "nobody", c.count])));
}
document.getElementById("folder-form").onsubmit = (event) => {
  event.preventDefault();
  send("POST", "/dashboards", { folder: document.getElementById("folder").value });
};
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 2000);
</script>
"""
STYLE = """<style>
main { max-width: 62rem; margin: 4vh auto; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
.presets { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .6rem; }
.bar { display: flex; gap: .6rem; flex-wrap: wrap; align-items: center; }
.bar button { width: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
td, th { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
</style>"""


def render(warehouse_id: str, content_url: str) -> web.Response:
    """The page. It shows what is in force and what was called, and asks again every two seconds."""
    groups = []
    for title, presets in GROUPS:
        buttons = "".join(
            _button(label, text, path.replace("{warehouse}", warehouse_id), body) for label, text, path, body in presets
        )
        groups.append(f"<h2>{html.escape(title)}</h2><div class='presets'>{buttons}</div>")
    body = (
        "<main><h1>Make the portal fail well</h1>"
        f"<p>Press a button, then look at <a href='{html.escape(content_url)}' target='portal'>the portal</a>. "
        "Everything here is one request to the control plane; its README lists the rest.</p>"
        "<div class='bar'><button data-method='DELETE' data-path='/faults'>Clear faults and limits</button>"
        "<button data-method='POST' data-path='/reset'>Reset everything</button>"
        "<button data-method='DELETE' data-path='/calls'>Clear counters</button>"
        "<span id='said' role='status'></span></div>"
        f"{''.join(groups)}"
        "<h2>Dashboards</h2><form id='folder-form' class='bar'><label for='folder'>A folder of this machine: its "
        "*.sql are run as the engineer, its *.lvdash.json added, published, for all viewers</label>"
        "<input id='folder' required placeholder='/home/me/dashboards'><button>Add them</button></form>"
        "<h2>In force</h2><p id='none'>No faults.</p><table><thead><tr><th>Where</th><th>Route</th><th>Answer</th>"
        "<th>Delay</th><th>Left</th><th>Met</th></tr></thead><tbody id='faults'></tbody></table>"
        "<h2>Viewers and warehouses</h2><table><tbody id='places'></tbody></table>"
        "<h2>Calls</h2><table><thead><tr><th>Where</th><th>Method</th><th>Route</th><th>Viewer</th><th>Count</th></tr>"
        f"</thead><tbody id='calls'></tbody></table></main>{SCRIPT}"
    )
    return page("Sandbox", body, extra=STYLE)


def _button(label: str, text: str, path: str, body: dict[str, Any]) -> str:
    return (
        f"<button data-method='POST' data-path='{html.escape(path)}' data-body='{html.escape(json.dumps(body))}'>"
        f"<strong>{html.escape(label)}</strong><span>{html.escape(text)}</span></button>"
    )
