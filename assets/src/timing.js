// When things are done: after a rest, or once the document has changed.

/**
 * Calls `act` once it has not been asked for during `rest` ms; `now` does so at once where it is due, `cancel` not at all.
 *
 * @template {unknown[]} Given
 * @param {(...given: Given) => void} act
 * @param {number} rest
 */
export function debounce(act, rest) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @param {Given} given */
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(act, rest, ...given);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Attributes in which Dash hands a part something new. */
const ATTRIBUTES = ["data-value", "data-dialog", "data-tree-current", "data-tree-roots"];

/** @type {(() => void)[]} */
const atOnce = [];
/** @type {(() => void)[]} */
const atFrame = [];
let due = false;

/** @param {(() => void)[]} looks */
const each = (looks) => {
  for (const look of looks) look();
};

/** The one observer of the document: looks are cheap, and come to the same when nothing has changed for them. */
const observer =
  typeof MutationObserver === "undefined"
    ? null
    : new MutationObserver(() => {
        each(atOnce);
        if (due || !atFrame.length) return;
        due = true;
        requestAnimationFrame(() => {
          due = false;
          each(atFrame);
        });
      });

/**
 * @param {(() => void)[]} looks
 * @param {() => void} look
 */
function add(looks, look) {
  if (!atOnce.length && !atFrame.length) {
    observer?.observe(document.documentElement, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ATTRIBUTES,
    });
  }
  looks.push(look);
}

/**
 * After each change of the document, before anything of it is painted.
 *
 * @param {() => void} look
 */
export const whenChanged = (look) => add(atOnce, look);

/**
 * The same once a frame: for what may be a frame late.
 *
 * @param {() => void} look
 */
export const eachFrame = (look) => add(atFrame, look);
