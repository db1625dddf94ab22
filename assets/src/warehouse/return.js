// A draft to which one returns has its results again: they are Databricks' (an hour long), and are asked for by their ids.

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
