// A column's profile under the result's bar: counts, edges, quantiles, a histogram or the most frequent values.
import { element } from "../dom.js";
import { on } from "../events.js";
import { wordsOf } from "../http.js";
import { formFor } from "./bar.js";
import { bars, facts } from "./profile-facts.js";
import { columnOf } from "./result.js";
import { byWhom, work } from "./work.js";

/** @typedef {import("./profile-facts.js").Profile} Profile */

/** @param {Profile} profile */
function barList(profile) {
  const rows = bars(profile).map(({ name, count, share, title }) => {
    const bar = element("span", { class: "profile-bar" });
    bar.style.inlineSize = `${share * 100}%`;
    return element(
      "li",
      { title },
      element("span", { class: "profile-name" }, name),
      element("span", { class: "profile-track" }, bar),
      element("span", { class: "profile-count" }, count),
    );
  });
  return rows.length > 0 && element("ol", { class: "profile-bars" }, ...rows);
}

/**
 * @param {Profile} profile
 * @param {string} where
 */
function card(profile, where) {
  const known = facts(profile).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
  const list = barList(profile);
  const title = profile.histogram.length ? "How the values lie" : "Most frequent";
  return element(
    "div",
    { class: "profile" },
    element("dl", { class: "profile-facts" }, ...known),
    list && element("div", { class: "profile-right" }, element("h3", { class: "profile-title" }, title), list),
    element("p", { class: "profile-where" }, where),
  );
}

/** Draws the profile that shows anew, where the view has other rows by now. */
let again = () => {};
on("portal:result-view", () => again());

/** @param {import("./result.js").Result} result */
export function showProfile(result) {
  const form = formFor(result.id, "profile");
  if (!form) return;
  const choice = element("select", { class: "form-select form-select-sm", "aria-label": "Column to profile" });
  choice.append(...result.choices.map(([index, name]) => new Option(name, String(index))));
  const focused = result.api.getFocusedCell()?.column.getColId();
  if (focused) choice.value = String(columnOf(focused));
  const place = element("div", { class: "profile-place" });
  let latest = 0;
  let rows = "";
  async function show() {
    latest += 1;
    const mine = latest;
    const asked = { column: Number(choice.value), ...result.asked };
    rows = result.rowsKey;
    /** @type {import("./work.js").Say} */
    const say = (text, cancel) => mine === latest && result.say(text, cancel);
    place.replaceChildren(element("p", { class: "profile-where" }, "Looking at the column…"));
    let shown;
    try {
      const [{ profile, here }, which] = await Promise.all([work(result, "profile", asked, say), result.rowsShown()]);
      shown = card(profile, `Over ${which}, ${byWhom(here)}.`);
    } catch (error) {
      shown = element("p", { class: "profile-where", role: "alert" }, wordsOf(error));
    }
    if (mine !== latest) return;
    result.say("");
    place.replaceChildren(shown);
  }
  choice.addEventListener("change", show);
  again = () => {
    if (place.isConnected && !form.hidden && form.dataset.shows === "profile" && rows !== result.rowsKey) show();
  };
  form.replaceChildren(element("div", { class: "filter-form" }, choice), place);
  show();
}
