// The surface that SQL is written on where CodeMirror is not there: a plain text area for each draft, so that each has its
// own undo.
import { element } from "../dom.js";
import { run } from "./surface.js";

/**
 * Nothing shows it yet.
 *
 * @param {import("./surface.js").Actions} actions
 * @returns {import("./surface.js").Surface}
 */
export function plain({ changed }) {
  /** @type {Map<string, HTMLTextAreaElement>} by draft */
  const areas = new Map();
  const make = () => {
    const made = element("textarea", {
      class: "form-control editor-area",
      "aria-label": "SQL",
      spellcheck: "false",
      autocapitalize: "off",
      placeholder: "SELECT …",
    });
    made.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      run(event.shiftKey);
    });
    made.addEventListener("input", () => changed(made.value));
    return made;
  };
  let area = make();
  const node = element("div", { class: "editor-plain" }, area);
  return {
    node,
    text: () => area.value,
    show(draft, text) {
      const next = areas.get(draft) ?? make();
      areas.set(draft, next);
      if (next !== area) node.replaceChildren(next);
      area = next;
      if (area.value !== text) area.value = text;
    },
    move(from, to) {
      const known = areas.get(from);
      if (known) areas.set(to, known);
      areas.delete(from);
    },
    insert(text) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      changed(area.value);
    },
    replace(text) {
      area.value = text;
      changed(text);
    },
    chosen: () => ({ from: area.selectionStart, to: area.selectionEnd }),
    select: (from, to) => area.setSelectionRange(from, to),
    mark() {},
    focus: () => area.focus(),
    hasFocus: () => document.activeElement === area,
    end() {},
  };
}
