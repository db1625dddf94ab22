// The list of dashboards: folder and change of the rows in sight (portal/ui/boards/listing.py), asked for together.
import { all } from "../dom.js";
import { post } from "../http.js";
import { when } from "../parts/drawings.js";
import { debounce, whenChanged } from "../timing.js";

const MOST = 25; // at a time; Databricks is asked for each
const REST = 60;

/** @type {Set<string>} */
const wanted = new Set();
/** @type {WeakSet<Element>} */
const watched = new WeakSet();

/** @param {string} id */
const cells = (id) => all(`[data-facts="${CSS.escape(id)}"]`);

/** @param {string[]} ids */
async function fetchFacts(ids) {
  const found = await post("dashboards/facts", { ids }).catch(() => ({ facts: {} }));
  for (const id of ids) {
    const known = found.facts[id];
    for (const cell of cells(id)) {
      cell.classList.remove("is-waiting");
      if (cell.dataset.fact === "changed") cell.replaceChildren(when(known?.changed ?? null));
      else cell.textContent = known?.folder || "–";
    }
  }
}

const ask = debounce(async () => {
  const ids = [...wanted];
  wanted.clear();
  for (let at = 0; at < ids.length; at += MOST) await fetchFacts(ids.slice(at, at + MOST));
}, REST);

const eyes =
  typeof IntersectionObserver === "undefined"
    ? null
    : new IntersectionObserver((entries) => {
        for (const { isIntersecting, target } of entries) {
          const id = /** @type {HTMLElement} */ (target).dataset.facts;
          if (!isIntersecting || !id) continue;
          eyes?.unobserve(target);
          wanted.add(id);
          ask();
        }
      });

whenChanged(() => {
  for (const cell of all('[data-facts][data-fact="folder"]')) {
    if (watched.has(cell)) continue;
    watched.add(cell);
    eyes?.observe(cell);
  }
});
