// Regions that look again by themselves (portal.ui.live): each after its own seconds, longer while nothing changes, and
// never while the tab is hidden. On return to the tab, what is due is asked for at once.
import { setProps } from "../dash.js";
import { all } from "../dom.js";
import { after, isDue, waiting } from "./pace.js";

/** @type {Map<string, import("./pace.js").Wait>} by region */
const waits = new Map();
const visible = () => document.visibilityState === "visible";

function check() {
  const seen = new Set();
  const now = Date.now();
  for (const { dataset } of all("[data-live]")) {
    const { live: region = "", liveIn, liveMark = "", liveSlowest } = dataset;
    seen.add(region);
    const wait = waiting(waits.get(region), liveMark, Number(liveIn), now);
    const due = visible() && isDue(wait, now);
    waits.set(region, due ? after(wait, Number(liveSlowest), now) : wait);
    if (due) setProps({ part: "tick", region }, { data: now });
  }
  for (const region of waits.keys()) if (!seen.has(region)) waits.delete(region);
}
setInterval(check, 250);
document.addEventListener("visibilitychange", () => visible() && check());
