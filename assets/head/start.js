// Starts the scripts of the document once its first picture is on screen. Run by the parser they would keep it off: on
// a slow machine they take longer than all the rest.
(() => {
  let begun = false;
  const clear = new Promise((resolve) => document.addEventListener("portal:clear", resolve, { once: true }));

  async function begin() {
    if (begun) return;
    begun = true;
    await clear; // of what could stand between the page and the portal (page.js)
    const waiting = [...document.querySelectorAll("script[type=later][src]")];
    // One after the other, each when the last is done: what the viewer does meanwhile comes in between.
    (function next() {
      const tag = waiting.shift();
      if (!tag) {
        window.renderer = new window.DashRenderer();
        return;
      }
      const script = document.createElement("script");
      for (const { name, value } of tag.attributes) if (name !== "type") script.setAttribute(name, value);
      script.onload = next;
      script.onerror = () => {
        document.dispatchEvent(new CustomEvent("portal:not-loaded"));
        next();
      };
      tag.replaceWith(script);
    })();
  }

  // Frames wait for the styles; the first one is drawn between the two. What follows the frame's end is content, which
  // may come a while later: nothing here waits for it.
  (function look() {
    const ready = document.getElementById("frame-end") || document.readyState !== "loading";
    if (ready) setTimeout(begin);
    else requestAnimationFrame(look);
  })();
  document.addEventListener("DOMContentLoaded", () => {
    const late = document.getElementById("late-picture");
    if (!late) return;
    document.getElementById("picture")?.replaceChildren(late.content);
    late.remove();
  });
  // A hidden tab, or a frame out of sight, draws nothing that could be waited for.
  window.addEventListener("load", () => setTimeout(begin, document.hidden ? 0 : 250));
})();
