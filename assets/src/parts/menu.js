// A choice out of many: a button that opens a list with a search. Where its values come from is the caller's: a dashboard's
// filter runs a statement when it is opened first, a parameter of a query has a list of its own.
import { element } from "../dom.js";
import { wordsOf } from "../http.js";
import { count } from "../text.js";
import { debounce } from "../timing.js";
import { member, plain } from "./members.js";

/** @typedef {(words: string) => Promise<{choices?: (string | null)[], total?: number, more?: boolean, waiting?: boolean, said?: string}>} Fetch `said`: what to know of them */

/**
 * @typedef {{title: string, kind: string, all: boolean, first?: boolean, none?: string}} Control `kind` multi: several may be
 *   chosen; `all`: so may none; `none`: what the button says then
 */

const RESTS = { typing: 200, apply: 300 }; // ms until a search begins, and until several chosen values hold
const AGAIN = 400;

/** @param {string | null} value */
const shown = (value) => (value === null ? "NULL" : value === "" ? "(empty)" : value);

let number = 0;

export class Menu {
  /**
   * @param {Control} control
   * @param {Fetch} fetch
   * @param {(members: string[]) => void} choose
   * @param {{typing: number, apply: number}} rests none where the values are here
   * @param {string} [named] the button's id
   */
  constructor(control, fetch, choose, rests = RESTS, named) {
    this.control = control;
    this.fetch = fetch;
    this.choose = choose;
    this.isMulti = control.kind === "multi";
    /** @type {string[]} */
    this.members = [];
    number += 1;
    const id = named ?? `menu-${number}`;
    this.button = element("button", {
      type: "button",
      id,
      class: "form-select form-select-sm filter-button",
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
    });
    this.search = element("input", {
      type: "search",
      class: "form-control form-control-sm",
      placeholder: "Search",
      "aria-label": `Search ${control.title}`,
      autocomplete: "off",
    });
    this.list = element("div", {
      role: "listbox",
      class: "filter-list",
      tabindex: 0,
      "aria-label": control.title,
      "aria-multiselectable": this.isMulti ? "true" : "false",
    });
    this.note = element("p", { class: "filter-note", role: "status" });
    this.panel = element(
      "div",
      { class: "filter-panel", role: "dialog", "aria-label": control.title, hidden: true },
      this.search,
      this.list,
      this.note,
    );
    this.panel.hidden = true;
    this.element = element("div", { class: "filter-menu" }, this.button, this.panel);
    const chosen = () => this.choose([...this.members]);
    this.apply = rests.apply ? debounce(chosen, rests.apply) : chosen;
    this.look = rests.typing ? debounce(() => this.load(), rests.typing) : () => void this.load();
    this.button.addEventListener("click", () => (this.panel.hidden ? this.open() : this.close()));
    this.search.addEventListener("input", () => this.look());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option instanceof HTMLElement) this.pick(option);
    });
    this.element.addEventListener("focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (to && !this.element.contains(to)) this.close();
    });
    /** @param {PointerEvent} event while it is open: a menu that was drawn anew leaves nothing in the document */
    this.outside = ({ target }) => {
      if (target instanceof Node && !this.element.contains(target)) this.close();
    };
  }

  /** @param {string[]} members */
  show(members) {
    this.members = [...members];
    const words = members.map((one) => shown(plain(one)));
    this.button.textContent =
      words.length > 2
        ? `${words.length} chosen`
        : words.join(", ") || (this.control.none ?? (this.control.first ? "The first choice" : "All"));
    this.button.title = words.slice(0, 30).join(", ");
  }

  open() {
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.outside);
    this.search.value = "";
    this.search.focus();
    this.load();
  }

  close() {
    if (this.panel.hidden) return;
    const inside = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.outside);
    if (inside) this.button.focus();
  }

  async load() {
    const words = this.search.value.trim();
    this.note.textContent = "Looking…";
    try {
      const found = await this.fetch(words);
      if (this.search.value.trim() !== words || this.panel.hidden) return;
      if (found.waiting) {
        setTimeout(() => !this.panel.hidden && this.load(), AGAIN);
        return;
      }
      this.draw(found.choices ?? [], found.total ?? 0, Boolean(found.more), found.said);
    } catch (error) {
      this.note.textContent = wordsOf(error);
    }
  }

  /**
   * @param {(string | null)[]} choices
   * @param {number} total
   * @param {boolean} more
   * @param {string} [about]
   */
  draw(choices, total, more, about) {
    const searched = this.search.value.trim() !== "";
    const offered = choices.map(member);
    // What is chosen and no longer there stays, to be taken back.
    const gone = searched ? [] : this.members.filter((one) => !offered.includes(one));
    const options = [...gone, ...offered].map((one) => this.option(one, shown(plain(one)), gone.includes(one)));
    if (this.control.all && !searched) options.unshift(this.option(null, "All", false));
    this.list.replaceChildren(...options);
    const left = total - choices.length;
    const said = [];
    if (!total) said.push(searched ? "Nothing is called so." : "There is nothing to choose.");
    if (left > 0) said.push(`${count(choices.length)} of ${count(total)}: search for the others.`);
    if (more) said.push("There are more values than are read.");
    if (about) said.push(about);
    this.note.textContent = said.join(" ");
  }

  /**
   * @param {string | null} value null: All
   * @param {string} text
   * @param {boolean} gone
   */
  option(value, text, gone) {
    const chosen = value === null ? !this.members.length : this.members.includes(value);
    const note = gone ? element("span", { class: "filter-gone" }, " (chosen; may not be there any more)") : null;
    return element(
      "div",
      {
        role: "option",
        class: "filter-option",
        tabindex: -1,
        "aria-selected": String(chosen),
        "data-member": value ?? "",
        "data-all": value === null ? "1" : null,
      },
      text,
      note,
    );
  }

  /** @param {HTMLElement} option */
  pick(option) {
    const value = option.dataset.all ? null : (option.dataset.member ?? "");
    if (value === null) this.members = [];
    else if (!this.isMulti) this.members = [value];
    else if (this.members.includes(value)) this.members = this.members.filter((one) => one !== value);
    else this.members = [...this.members, value];
    this.show(this.members);
    for (const one of this.list.children) {
      if (!(one instanceof HTMLElement)) continue;
      const on = one.dataset.all ? !this.members.length : this.members.includes(one.dataset.member ?? "");
      one.setAttribute("aria-selected", String(on));
    }
    if (this.isMulti) this.apply();
    else {
      this.close();
      this.choose([...this.members]);
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && !this.panel.hidden) {
      event.stopPropagation();
      this.close();
      this.button.focus();
      return;
    }
    if (this.panel.hidden) return;
    const options = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = options.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      options[Math.min(Math.max(at + step, 0), options.length - 1)]?.focus();
    } else if ((event.key === "Enter" || event.key === " ") && at >= 0) {
      event.preventDefault();
      this.pick(options[at]);
    }
  }
}
