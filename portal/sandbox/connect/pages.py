"""What a person sees of Connect: sign in, sign out, the integration's login, the dashboard with its login modal."""

from __future__ import annotations

import html
import json
from urllib.parse import quote, urlsplit

from aiohttp import web

from portal.sandbox.connect.state import ROLES, Connect, Integration
from portal.sandbox.world import Person

ABOUT = {
    "analyst-west": "Sees the western region's orders. Can view most jobs.",
    "analyst-east": "Sees the eastern region's orders. Can view most jobs.",
    "engineer": "Sees everything, owns jobs and warehouses, published the portal.",
    "newcomer": "Has not signed in to Databricks yet: meets the portal's sign-in state first.",
}
STYLE = """
:root { color-scheme: light dark; --line: #d5dbe3; --ink: #1c2733; --soft: #5a6b7d; --paper: #f5f7fa; --card: #fff;
  --accent: #2f6db5; }
@media (prefers-color-scheme: dark) { :root { --line: #38444f; --ink: #e8edf2; --soft: #a3b1bf; --paper: #161c22;
  --card: #1f272f; --accent: #7fb2ea; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 8vh auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
p { margin: .25rem 0 1.25rem; color: var(--soft); }
form { margin: 0 0 .75rem; }
button, a.button { display: block; width: 100%; padding: .9rem 1.1rem; text-align: left; font: inherit;
  color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: .6rem; cursor: pointer;
  text-decoration: none; }
button:hover, a.button:hover { border-color: var(--accent); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button strong { display: block; }
button span { color: var(--soft); font-size: .9rem; }
a { color: var(--accent); }
small { color: var(--soft); }
"""


def page(title: str, body: str, status: int = 200, extra: str = "") -> web.Response:
    text = (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<link rel='icon' href='data:,'><style>{STYLE}</style>{extra}</head><body>{body}</body></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})


def missing(request: web.Request, text: str = "The requested object does not exist.") -> web.Response:
    return page("Not found", f"<main><h1>Not found</h1><p>{html.escape(text)}</p></main>", 404)


def refused(request: web.Request, person: Person) -> web.Response:
    body = (
        "<main><h1>You don't have access to this content</h1>"
        f"<p>You are signed in as {html.escape(person.key)}. Ask its owner for access, or "
        "<a href='/__login__'>sign in as someone else</a>.</p></main>"
    )
    return page("No access", body, 403)


def local(address: str | None, default: str = "/connect/") -> str:
    """A return address on this server; anything else becomes the default (no open redirect)."""
    parts = urlsplit(address or "")
    if not address or parts.scheme or parts.netloc or not address.startswith("/") or address.startswith(("//", "/\\")):
        return default
    return address


def routes(connect: Connect, cookie: str) -> list[web.RouteDef]:
    async def home(request: web.Request) -> web.Response:
        where = "/connect/" if request["person"] else "/__login__"
        return web.Response(status=302, headers={"Location": where})

    async def login(request: web.Request) -> web.Response:
        back = local(request.query.get("url"), f"/content/{connect.content_guid}/")
        people = "".join(
            f"<form method='post' action='/__login__?url={quote(back, safe='')}'>"
            f"<button name='viewer' value='{person.key}'><strong>{person.key}</strong>"
            f"<span>{html.escape(person.display_name)}. {html.escape(ABOUT.get(person.key, ''))}</span></button></form>"
            for person in connect.world.people.values()
        )
        body = (
            "<main><h1>Sign in to Posit Connect</h1>"
            "<p>This is the sandbox's Connect: choose who you are. There is no password, and no real account.</p>"
            f"{people}<small><a href='/__sandbox__/'>Make the portal fail well</a></small></main>"
        )
        return page("Sign in - Posit Connect (sandbox)", body)

    async def signed_in(request: web.Request) -> web.Response:
        form = await request.post()
        person = connect.world.people.get(str(form.get("viewer", "")))
        if person is None:
            return web.Response(status=401, text="There is no such viewer.")
        connect.browsers.pop(request.cookies.get(cookie, ""), None)
        back = local(request.query.get("url"), f"/content/{connect.content_guid}/")
        response = web.Response(status=303, headers={"Location": back})
        response.set_cookie(cookie, connect.browser(person), httponly=True, samesite="Lax", path="/")
        return response

    async def logout(request: web.Request) -> web.Response:
        connect.browsers.pop(request.cookies.get(cookie, ""), None)
        response = page(
            "Signed out", "<main><h1>You are signed out</h1><p><a href='/__login__'>Sign in again</a></p></main>"
        )
        response.del_cookie(cookie, path="/")
        return response

    async def integration_login(request: web.Request) -> web.Response:
        """Completes the login at once: the identity provider's own page is not imitated."""
        integration = connect.integrations.get(request.match_info["guid"])
        if integration is None:
            return missing(request, "There is no such integration.")
        person: Person | None = request["person"]
        if person is None:
            return web.Response(
                status=302, headers={"Location": f"/__login__?url={quote(str(request.rel_url), safe='')}"}
            )
        connect.sign_in_to(integration, person)
        back = request.query.get("redirect") or request.query.get("url")
        if back and local(back, ""):
            return web.Response(status=302, headers={"Location": back})
        return page("Signed in", _completed(integration, person))

    async def integration_logout(request: web.Request) -> web.Response:
        person: Person | None = request["person"]
        session = connect.oauth_session(person, request.match_info["guid"]) if person else None
        if session is not None:
            del connect.oauth_sessions[session.guid]
        body = "<main><h1>You are signed out of the integration</h1><p>You can close this tab.</p></main>"
        return page("Signed out", body)

    async def dashboard(request: web.Request) -> web.Response:
        person: Person | None = request["person"]
        if person is None:
            return web.Response(status=302, headers={"Location": "/__login__?url=/connect/"})
        return _dashboard(connect, person)

    async def slash(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/connect/"})

    return [
        web.get("/", home),
        web.get("/__login__", login),
        web.post("/__login__", signed_in),
        web.get("/__logout__", logout),
        web.get("/__oauth__/integrations/{guid}/login", integration_login),
        web.get("/__oauth__/integrations/{guid}/logout", integration_logout),
        web.get("/connect", slash),
        web.get("/connect/", dashboard),
    ]


def _completed(integration: Integration, person: Person) -> str:
    name = html.escape(integration.name)
    return (
        f"<main><h1>You are signed in to {name}</h1><p>{html.escape(person.display_name)}, you can close this tab and "
        "go back to the page that sent you here.</p></main>"
        "<script>if (window.opener) { window.opener.postMessage({ type: 'oauth-login-completed' }, "
        "window.location.origin); window.close(); }</script>"
    )


DASHBOARD = """
<style>
body { display: flex; flex-direction: column; height: 100vh; }
header { display: flex; gap: 1rem; align-items: center; padding: .6rem 1rem; background: var(--card);
  border-bottom: 1px solid var(--line); }
header strong { flex: 1; }
iframe { flex: 1; border: 0; width: 100%; background: #fff; }
dialog { border: 1px solid var(--line); border-radius: .8rem; max-width: 26rem; color: var(--ink);
  background: var(--card); }
dialog::backdrop { background: rgb(0 0 0 / .45); }
ul { list-style: none; padding: 0; }
</style>
<script>
const facts = JSON.parse(document.getElementById("facts").textContent);
function show() {
  const found = location.hash.match(/^#\\/apps\\/([0-9a-f-]+)/);
  const item = found && facts.contents.find(c => c.guid === found[1]);
  document.getElementById("list").hidden = Boolean(item);
  const frame = document.getElementById("frame");
  frame.hidden = !item;
  document.getElementById("title").textContent = item ? item.title : "Content";
  const solo = document.getElementById("solo");
  solo.hidden = !item;
  if (!item) { frame.removeAttribute("src"); return; }
  solo.href = item.url;
  if (frame.getAttribute("src") !== item.url) frame.src = item.url;
  if (item.logins.length) {
    document.getElementById("what").textContent = item.logins.map(l => l.name).join(", ");
    document.getElementById("prompt").showModal();
    const popup = "popup,width=600,height=600";
    document.getElementById("login").onclick = () => window.open(item.logins[0].url, "_blank", popup);
  }
}
window.addEventListener("message", event => {
  if (event.origin === location.origin && event.data && event.data.type === "oauth-login-completed") location.reload();
});
document.getElementById("later").onclick = () => document.getElementById("prompt").close();
window.addEventListener("hashchange", show);
show();
</script>
"""


def _dashboard(connect: Connect, person: Person) -> web.Response:
    """/connect/#/apps/<guid> frames the content and asks for the logins that it needs; "Open solo" does not."""
    contents = [
        {
            "guid": content.guid,
            "title": content.title or content.name,
            "url": f"/content/{content.guid}/",
            "logins": [
                {"name": i.name, "url": f"/__oauth__/integrations/{i.guid}/login"}
                for i in connect.needs_login(person, content)
            ],
        }
        for content in connect.contents.values()
        if content.may_view(person)
    ]
    items = "".join(
        f"<li><a class='button' href='#/apps/{item['guid']}'>{html.escape(str(item['title']))}</a></li>"
        for item in contents
    )
    facts = json.dumps({"contents": contents}).replace("<", "\\u003c")
    role = ROLES.get(person.key, "viewer")
    body = (
        f"<header><strong id='title'>Content</strong><a id='solo' hidden>Open solo</a>"
        f"<small>{html.escape(person.key)} ({role})</small><a href='/__logout__'>Sign out</a></header>"
        f"<main id='list'><h1>Content</h1><ul>{items}</ul></main>"
        "<iframe id='frame' title='Content' hidden></iframe>"
        "<dialog id='prompt' aria-labelledby='ask'><h1 id='ask'>Login required</h1>"
        "<p>This content wants to act as you with: <span id='what'></span></p>"
        "<button id='login' type='button'>Login</button><br><button id='later' type='button'>Not now</button></dialog>"
        f"<script type='application/json' id='facts'>{facts}</script>{DASHBOARD}"
    )
    return page("Posit Connect (sandbox)", body)
