// The line below the editor: what happened to what was asked for, or the form that it leads to.
import { by } from "../dom.js";

/** @param {...(string | Node)} words */
export const say = (...words) => by("warehouse-note")?.replaceChildren(...words);
