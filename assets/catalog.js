// Copying: a button with `data-copy` puts that text on the clipboard, and says so for a moment in its own words
// (`data-copied`). A `data-copy-href` is an address of ours, copied as a whole one.
(function () {
  "use strict";
  const SHOWN = 2000;

  async function copy(button) {
    const { copy: text, copyHref: href } = button.dataset;
    try {
      await navigator.clipboard.writeText(text ?? new URL(href, location.href).href);
      say(button, button.dataset.copied || "Copied");
    } catch {
      say(button, "This browser does not let pages copy");
    }
  }
  function say(button, words) {
    const shown = button.querySelector("span:not(.icon)");
    if (!shown) return;
    // React owns the text node: change its value, never replace it.
    const node = shown.firstChild;
    button.dataset.before ??= node.nodeValue;
    node.nodeValue = words;
    button.setAttribute("aria-live", "polite");
    clearTimeout(button.copyTimer);
    button.copyTimer = setTimeout(() => {
      node.nodeValue = button.dataset.before;
      delete button.dataset.before;
    }, SHOWN);
  }
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-copy], [data-copy-href]");
    if (button) copy(button);
  });
})();
