// Times: relative text, the exact time in the viewer's own zone and locale on hover, kept current.
(function () {
  "use strict";
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  const UNITS = [
    ["year", 31557600],
    ["month", 2629800],
    ["week", 604800],
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];

  function ago(date) {
    const seconds = (date - Date.now()) / 1000;
    for (const [unit, size] of UNITS) {
      if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return Math.abs(seconds) < 5 ? "just now" : relative.format(Math.trunc(seconds), "second");
  }

  function draw() {
    for (const time of document.querySelectorAll("time[data-when]")) {
      const date = new Date(time.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      const full = exact.format(date);
      const text = time.dataset.when === "exact" ? full : ago(date);
      // React owns the text node: change its value, never replace it.
      if (time.firstChild && time.firstChild.nodeValue !== text) time.firstChild.nodeValue = text;
      if (time.title !== full) time.title = full;
    }
  }
  window.portalWhen = { ago: (value) => ago(new Date(value)), exact: (value) => exact.format(new Date(value)) };

  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
  setInterval(draw, 10000);
})();
