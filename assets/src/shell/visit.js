// Home says of an alert that fired since the viewer's last visit that it is new. When that was, this browser remembers.
import { all, element } from "../dom.js";
import { whenChanged } from "../timing.js";

const KEY = "portal-visited";

/** @returns {number} epoch ms of the last visit of Home, 0 for none */
function before() {
  try {
    return Number(localStorage.getItem(KEY)) || 0;
  } catch {
    return 0;
  }
}

const last = before();
let seen = false;

whenChanged(() => {
  for (const row of all("[data-fired]:not([data-told])")) {
    row.dataset.told = "";
    if (last && Number(row.dataset.fired) > last) row.append(element("span", { class: "is-new" }, "new"));
    seen = true;
  }
});

window.addEventListener("pagehide", () => {
  if (!seen) return;
  try {
    localStorage.setItem(KEY, String(Date.now()));
  } catch {
    // Without storage everything stays unmarked.
  }
});
