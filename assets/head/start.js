// Starts the scripts of the document once its first picture is on screen. Run by the parser they would keep it off: on
// a slow machine they take longer than all the rest.
(function () {
  "use strict";
  let begun = false;

  function begin() {
    if (begun) return;
    begun = true;
    const waiting = [...document.querySelectorAll("script[type=later][src]")];
    // One after the other, each when the last is done: what the viewer does meanwhile comes in between.
    (function next() {
      const tag = waiting.shift();
      if (!tag) return (window.renderer = new window.DashRenderer());
      const script = document.createElement("script");
      for (const { name, value } of tag.attributes) if (name !== "type") script.setAttribute(name, value);
      script.onload = script.onerror = next;
      tag.replaceWith(script);
    })();
  }

  // Frames wait for the styles; the first one is drawn between the two.
  document.addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(begin)));
  // A hidden tab, or a frame out of sight, draws nothing that could be waited for.
  window.addEventListener("load", () => setTimeout(begin, document.hidden ? 0 : 250));
})();
