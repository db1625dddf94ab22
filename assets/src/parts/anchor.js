// An address may name a heading (`#lineage`) of a region that is still to come: it is brought into view once it is there, and
// stays there while what is above it grows, until somebody scrolls, presses or types.
import { eachFrame } from "../timing.js";

const LONGEST = 10000;
let at = "";
let until = 0;

function reach() {
  if (location.href !== at) {
    at = location.href;
    until = /^#[a-z-]+$/.test(location.hash) ? Date.now() + LONGEST : 0;
  }
  if (Date.now() > until) return;
  const heading = document.getElementById(location.hash.slice(1));
  if (!heading?.matches("h2[tabindex]")) return;
  if (document.activeElement !== heading) heading.focus({ preventScroll: true });
  heading.scrollIntoView({ block: "start" });
}

eachFrame(reach);
for (const sign of ["wheel", "touchmove", "keydown", "pointerdown"]) {
  window.addEventListener(sign, () => (until = 0), { passive: true });
}
