// Which draft a result is of: the one that ran it. A statement that only the address names is of the draft that shows.
import { on } from "../events.js";
import { drafts } from "./drafts.js";
import { page } from "./statements.js";

/** @type {Map<string, string>} the draft by region */
const owners = new Map();

/**
 * The draft that ran a statement, as far as drafts remember.
 *
 * @param {string} statement
 */
export const holding = (statement) => drafts.ids.find((id) => drafts.get(id)?.statements.includes(statement));

/**
 * @param {string} region
 * @returns {string} "" while drafts are not known yet
 */
export function ownerOf(region) {
  const known = owners.get(region);
  if (known || !drafts.loaded) return known ?? "";
  const state = page.states.get(region);
  const said = state?.draft && drafts.get(state.draft) ? state.draft : null;
  const found = said ?? holding(state?.id ?? region) ?? drafts.active;
  owners.set(region, found);
  return found;
}

/**
 * The results of a draft, in the order of their panels.
 *
 * @param {string} draft
 */
export const regionsOf = (draft) => [...page.states.keys()].filter((region) => ownerOf(region) === draft);

/** The page was left. */
export const leave = () => owners.clear();

on("portal:draft-moved", ({ from, to }) => {
  for (const [region, draft] of owners) if (draft === from) owners.set(region, to);
});
