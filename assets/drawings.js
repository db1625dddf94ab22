// Drawings: elements with `data-draw` (which one) and `data-value` (what, as JSON), filled by plain script. Dash's renderer
// takes milliseconds for a component, and these are thousands of elements. All text becomes text nodes. Where a drawing
// changes under the eyes of its reader, focus stays on the same thing (`data-key`), and what was scrolled stays so.
(function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  function node(space, name, attributes, ...children) {
    const element = space ? document.createElementNS(space, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }
  const svg = (name, attributes, ...children) => node(SVG, name, attributes, ...children);
  const html = (name, attributes, ...children) => node(null, name, attributes, ...children);

  // As much of a text as fits into so many px, without its middle: names often differ at their ends.
  const pen = document.createElement("canvas").getContext("2d");
  function fitted(text, room, font) {
    pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
    const cut = (kept) => (kept >= text.length ? text : `${text.slice(0, Math.ceil(kept * 0.65))}…${text.slice(text.length - Math.floor(kept * 0.35))}`);
    let kept = Math.min(text.length, Math.ceil(room / 3)); // no font is as narrow
    while (kept > 2 && pen.measureText(cut(kept)).width > room) kept -= 1;
    return cut(kept);
  }

  function icon(name) {
    return html("span", { class: `icon i-${name}`, "aria-hidden": "true" });
  }

  function badge(state) {
    return html("span", { class: `badge-state is-${state.tone}` }, icon(state.icon), html("span", {}, state.text));
  }

  function when(milliseconds) {
    if (!milliseconds) return html("span", { class: "text-body-secondary" }, "–");
    const iso = new Date(milliseconds).toISOString();
    return html("time", { datetime: iso, "data-when": "ago" }, iso);
  }

  // A link that chooses a task (portal.ui.runview gives `set`), goes elsewhere (`href`), or is none.
  function target(item, make, attributes, ...children) {
    if (item.set) attributes = { ...attributes, href: item.href || `?${new URLSearchParams(item.set)}`, "data-set": JSON.stringify(item.set) };
    else if (item.href) attributes = { ...attributes, href: item.href, "data-go": "1" };
    else return make(make === svg ? "g" : "span", attributes, ...children);
    return make("a", { ...attributes, "data-key": item.key }, ...children);
  }

  const drawings = new Map(); // name -> {make(value, wide), byWidth}
  window.portalDrawings = {
    svg, html, icon, badge, when, target, fitted,
    add: (name, make, byWidth = false) => drawings.set(name, { make, byWidth }),
  };

  const drawn = new WeakMap(); // element -> the JSON that it shows, and the width that it was drawn for
  const sized = new WeakSet();
  function draw(element) {
    const { draw: kind, value } = element.dataset;
    const drawing = drawings.get(kind);
    const wide = Math.floor(element.clientWidth);
    const known = drawn.get(element);
    if (!drawing || !wide || (known && known.value === value && (known.wide === wide || !drawing.byWidth))) return;
    drawn.set(element, { value, wide });
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.getAttribute("data-key");
    const box = element.firstElementChild;
    const scrolled = box ? [box.scrollLeft, box.scrollTop] : null;
    element.replaceChildren(...drawing.make(JSON.parse(value), wide));
    const now = element.firstElementChild;
    if (scrolled && now) [now.scrollLeft, now.scrollTop] = scrolled;
    if (focused) {
      const same = key ? element.querySelector(`[data-key="${CSS.escape(key)}"]`) : element.querySelector("[tabindex]");
      same?.focus({ preventScroll: true });
    }
    if (!sized.has(element)) {
      sized.add(element);
      resizing.observe(element);
    }
  }

  const resizing = new ResizeObserver((entries) => entries.forEach((entry) => draw(entry.target)));
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      document.querySelectorAll("[data-draw]").forEach(draw);
    });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-value"] });

  // Links inside the portal that are not Dash's own.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-go]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    history.pushState({}, "", link.getAttribute("href"));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.dispatchEvent(new CustomEvent("_dashprivate_historychange"));
  });
})();
