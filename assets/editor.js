// Where SQL is written. Without the code editor's bundle a plain text area does the job.
(function () {
  "use strict";
  let area = null;

  function mount() {
    const place = document.getElementById("warehouse-editor");
    if (!place || place.dataset.mounted) return;
    place.dataset.mounted = "1";
    area = document.createElement("textarea");
    area.className = "form-control editor-area";
    area.setAttribute("aria-label", "SQL");
    area.spellcheck = false;
    area.autocapitalize = "off";
    area.placeholder = "SELECT …";
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        window.portalWarehouse.run(event.shiftKey);
      }
    });
    place.append(area);
  }
  window.portalEditor = {
    ready: () => Boolean(area?.isConnected),
    chosen: () => ({ sql: area.value, from: area.selectionStart, to: area.selectionEnd }),
  };
  new MutationObserver(mount).observe(document.documentElement, { childList: true, subtree: true });
})();
