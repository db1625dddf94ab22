// A page with charts on paper: in the light theme, and charts as wide as their places are there. Plotly.js has drawn them for the
// window, and is not asked again once the browser lays pages out: so they scale, as pictures do.
import { all } from "../dom.js";
import { tell } from "../events.js";

const root = document.documentElement;
const PLACES = ":is(.board, .warehouse)";
const REST = 400; // ms in which charts take the other theme

/** @type {string | null} the theme that shows otherwise */
let shown = null;

function light() {
  if (shown !== null || root.dataset.bsTheme !== "dark") return false;
  shown = "dark";
  root.dataset.bsTheme = "light";
  tell("portal:theme", { theme: "light" });
  return true;
}

function back() {
  if (shown === null) return;
  root.dataset.bsTheme = shown;
  tell("portal:theme", { theme: shown });
  shown = null;
}

/** Prints the page, once its charts have the colours of paper. */
export async function print() {
  if (light()) await new Promise((resolve) => setTimeout(resolve, REST));
  window.print();
}

window.addEventListener("beforeprint", () => {
  if (!document.querySelector(PLACES)) return;
  light();
  for (const picture of all(`${PLACES} .js-plotly-plot .main-svg`)) {
    const [width, height] = [picture.getAttribute("width"), picture.getAttribute("height")];
    if (!width || !height) continue;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const holder = /** @type {HTMLElement | null} */ (picture.closest(".svg-container"));
    holder?.style.setProperty("--chart-shape", `${width} / ${height}`);
  }
});
window.addEventListener("afterprint", () => {
  for (const picture of all(`${PLACES} .js-plotly-plot .main-svg`)) picture.removeAttribute("viewBox");
  back();
});
