// A draft to which one returns has its results again: they are Databricks' (an hour long), and are asked for by their ids.

import { by } from "../dom.js";
import { path } from "../http.js";
import * as asks from "./asks.js";
import { drafts } from "./drafts.js";
import { regionsOf } from "./owners.js";
import { panels } from "./runline.js";

/** @param {string} draft */
export function back(draft) {
  asks.send(() => {
    const { statements = [], shown = null } = drafts.get(draft) ?? {};
    const here = new Set(panels().map((panel) => panel.dataset.panel));
    if (!statements.length || regionsOf(draft).length || statements.some((id) => here.has(id))) return null;
    return { draft, back: statements, shown };
  });
}

const MOST = 20; // statements that an address may name (pages/warehouse.py)

// On the way back from another page: with the address of the draft that was left, its result comes with the page itself,
// and need not be asked for once the page is there. Ahead of Dash's router, which hears the same.
window.addEventListener(
  "_dashprivate_pushstate",
  () => {
    if (location.pathname !== path("warehouse") || location.search || location.hash) return;
    if (!drafts.loaded || by("warehouse-panels")) return;
    const { statements = [], shown = null } = drafts.current;
    const first = shown && statements.includes(shown) ? shown : statements[0];
    if (!first || statements.length > MOST) return;
    const named = new URLSearchParams(statements.map((id) => ["statement", id]));
    named.set("shown", first);
    history.replaceState(history.state, "", `${location.pathname}?${named}`);
  },
  true,
);
