// "Back" returns to where one was: each step of the history knows how far its page was scrolled. The browser's own way
// gives up where a page is shorter at first than it will be; here its regions are waited for.
import { debounce, whenChanged } from "../timing.js";

const LONGEST = 8000; // ms for which a page may take to be as long as it was
const REST = 120; // ms after the last scroll

/** @type {{to: number, until: number, left: Element | null} | null} where to; `left`: the heading of the page that goes */
let way = null;
/** The last step was one back (or on) to a page that had been scrolled. */
let back = false;
/** The page that is shown. */
let path = location.pathname;

const heading = () => document.querySelector("#_pages_content h1");
const place = () => Number(history.state?.scroll) || 0;

function keep() {
  if (!way && place() !== window.scrollY) history.replaceState({ ...history.state, scroll: window.scrollY }, "");
}
const rested = debounce(keep, REST);

/** Whether the page that comes is one that was left, and scrolled to where it was. */
export const returning = () => back;

function go() {
  if (!way) return;
  const { to, until, left } = way;
  const most = document.documentElement.scrollHeight - window.innerHeight;
  const loading = document.querySelector("#react-entry-point .skeleton") !== null;
  const there = left === null || heading() !== left;
  if (there && most > 0) window.scrollTo(0, Math.min(to, most));
  if ((there && most >= to && !loading) || performance.now() > until) way = null;
  else requestAnimationFrame(go);
}
function begin() {
  const to = place();
  const left = path === location.pathname ? null : heading();
  path = location.pathname;
  back = to > 0;
  way = back ? { to, until: performance.now() + LONGEST, left } : null;
  requestAnimationFrame(go);
}
const mine = () => {
  way = null;
  back = false;
};

history.scrollRestoration = "manual";
window.addEventListener("scroll", () => rested());
window.addEventListener("popstate", begin);
for (const type of ["wheel", "touchstart", "pointerdown", "keydown"])
  window.addEventListener(type, mine, { capture: true, passive: true });
// What leads on leads away from here.
window.addEventListener(
  "click",
  () => {
    keep();
    back = false;
  },
  { capture: true },
);
whenChanged(() => {
  if (!way) path = location.pathname;
});
begin();
