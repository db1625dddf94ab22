// The drafts as tabs above the editor: chosen, renamed, closed, and had back.
import { by, closest, element } from "../dom.js";
import { tell } from "../events.js";
import { drafts } from "./drafts.js";
import { say } from "./note.js";

/** @param {string} id */
function tabOf(id) {
  const title = drafts.title(id);
  const current = id === drafts.active && "true";
  const about = { type: "button", class: "draft-tab", "data-draft": id, title: "Double-click to rename" };
  const tab = element("button", { ...about, "aria-current": current }, title);
  const close = element(
    "button",
    { type: "button", class: "draft-close", "data-draft-close": id, "aria-label": `Close ${title}` },
    element("span", { class: "icon i-x-lg" }),
  );
  return element("span", { class: "draft" }, tab, close);
}

/**
 * All drafts as one field, where their tabs do not fit beside each other.
 *
 * @param {HTMLElement} bar
 */
function list(bar) {
  const place = by("warehouse-draft-list");
  if (!place) return;
  if (bar.scrollWidth <= bar.clientWidth && !place.contains(document.activeElement)) return place.replaceChildren();
  const options = drafts.ids.map((id) => element("option", { value: id }, drafts.title(id)));
  const about = { class: "form-select form-select-sm draft-list", "aria-label": "All drafts" };
  const known = place.querySelector("select");
  const field = known ?? element("select", about);
  field.replaceChildren(...options);
  field.value = drafts.active;
  if (known) return;
  field.addEventListener("change", () => {
    drafts.select(field.value);
    tell("portal:draft");
  });
  place.replaceChildren(field);
}

export function draw() {
  const bar = by("warehouse-drafts");
  if (!bar) return;
  tabs(bar);
  list(bar);
}

/** @param {HTMLElement} bar */
function tabs(bar) {
  const focused = bar.contains(document.activeElement) && document.activeElement?.getAttribute("data-draft");
  const drawn = drafts.ids.map(tabOf);
  const same =
    bar.children.length - 1 === drawn.length && drawn.every((box, index) => box.isEqualNode(bar.children[index]));
  if (same) return;
  // The last one is the button for another.
  bar.replaceChildren(...drawn, ...[bar.lastElementChild].filter((last) => last !== null));
  const again = focused && bar.querySelector(`[data-draft="${CSS.escape(focused)}"]`);
  if (again instanceof HTMLElement) again.focus();
  bar.querySelector(".draft:has([aria-current])")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

document.addEventListener("dblclick", (event) => {
  const tab = closest(event, "[data-draft]");
  if (!tab) return;
  const about = { class: "form-control form-control-sm draft-name", "aria-label": "Name of the draft" };
  const field = element("input", about);
  field.value = drafts.title(tab.dataset.draft ?? "");
  /** @param {boolean} keep */
  const done = (keep) => {
    if (!field.isConnected) return;
    if (keep) drafts.change({ name: field.value.trim() });
    field.remove();
    draw();
  };
  field.addEventListener("keydown", (pressed) => {
    if (pressed.key === "Enter") done(true);
    if (pressed.key === "Escape") done(false);
  });
  field.addEventListener("blur", () => done(true));
  tab.replaceWith(field);
  field.select();
});

/**
 * A closed draft can be had back until something else is said in its place.
 *
 * @param {string} id
 */
function close(id) {
  const draft = drafts.get(id);
  if (!draft) return;
  const closed = { ...draft };
  drafts.remove(id);
  tell("portal:draft");
  say("");
  if (!closed.sql.trim()) return;
  const back = element("button", { type: "button", class: "btn btn-sm btn-link" }, "Undo");
  back.addEventListener("click", () => {
    drafts.add(closed, id);
    say("");
    tell("portal:draft");
  });
  say("Draft closed. ", back);
}

document.addEventListener("click", (event) => {
  const chosen = closest(event, "[data-draft]")?.dataset.draft;
  if (chosen && chosen !== drafts.active) {
    drafts.select(chosen);
    tell("portal:draft");
  }
  const closed = closest(event, "[data-draft-close]")?.dataset.draftClose;
  if (closed) close(closed);
});
