// Embedded in another page (`?embed=true`): tells the host how high it is and where it is, and stays embedded.
import { on } from "../events.js";
import { asked } from "../navigate.js";
import { whenChanged } from "../timing.js";
import { carried, message } from "./embedding.js";

const first = asked();

// A link inside leads to a page of its own address: what makes it embedded goes along, also over a reload. Dash's links
// and its router say so when they have changed the address, and this is heard first.
function stay() {
  const here = new URL(location.href);
  const wanted = carried(here, first);
  if (wanted.href !== here.href) history.replaceState(history.state, "", wanted);
}

let told = "";
function tell() {
  const main = document.querySelector("main");
  if (!main) return;
  // The content's own height: the document is never lower than its frame, so it would not shrink again.
  const height = Math.ceil(main.getBoundingClientRect().bottom + window.scrollY);
  const said = message(new URL(location.href), height, document.title);
  const text = JSON.stringify(said);
  if (text === told) return;
  told = text;
  // To any origin: only a host that the policy's frame-ancestors names can hold this frame at all.
  window.parent.postMessage(said, "*");
}

let due = 0;
function soon() {
  cancelAnimationFrame(due);
  due = requestAnimationFrame(tell);
}

function report() {
  const sizes = new ResizeObserver(soon);
  /** @type {Element | null} */
  let watched = null;
  whenChanged(() => {
    const main = document.querySelector("main");
    // The first picture's main gives way to the real one; the title comes after the page.
    if (main !== watched) {
      sizes.disconnect();
      watched = main;
      if (main) sizes.observe(main);
    }
    soon();
  });
  on("portal:address", soon);
  soon();
}

if (document.documentElement.dataset.embed === "true") {
  window.addEventListener("_dashprivate_pushstate", stay);
  on("portal:address", stay);
  window.addEventListener("popstate", stay);
  if (window.parent !== window) report();
}
