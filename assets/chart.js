// Charts take their colours from the theme: once drawn, and again when it changes.
(function () {
  "use strict";
  const done = new WeakMap();

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(name).trim();
    return {
      "font.color": value("--p-ink"),
      "font.family": getComputedStyle(document.body).fontFamily,
      "xaxis.gridcolor": value("--p-line"),
      "yaxis.gridcolor": value("--p-line"),
      "xaxis.linecolor": value("--p-line-strong"),
      "yaxis.linecolor": value("--p-line-strong"),
      "hoverlabel.bgcolor": value("--p-raised"),
      "hoverlabel.bordercolor": value("--p-line-strong"),
      "hoverlabel.font.color": value("--p-ink"),
    };
  }

  function paint(force) {
    if (!window.Plotly) return;
    const theme = document.documentElement.dataset.bsTheme;
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      if (!plot.layout || (!force && done.get(plot) === theme)) continue;
      done.set(plot, theme);
      window.Plotly.relayout(plot, colours());
    }
  }

  let due = false;
  new MutationObserver(() => {
    if (due || !window.Plotly) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      paint(false);
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("portal:theme", () => paint(true));
})();
