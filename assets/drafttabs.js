// The drafts as tabs above the editor: chosen, renamed, closed, and had back.
(function () {
  "use strict";
  const by = (id) => document.getElementById(id);

  function draw() {
    const bar = by("warehouse-drafts");
    if (!bar) return;
    const drafts = window.portalDrafts;
    const focused = bar.contains(document.activeElement) ? document.activeElement.dataset.draft : null;
    const drawn = drafts.ids.map((id) => {
      const box = document.createElement("span");
      box.className = "draft";
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = "draft-tab";
      tab.dataset.draft = id;
      tab.textContent = drafts.title(id);
      tab.title = "Double-click to rename";
      if (id === drafts.active) tab.setAttribute("aria-current", "true");
      const close = document.createElement("button");
      close.type = "button";
      close.className = "draft-close";
      close.dataset.draftClose = id;
      close.setAttribute("aria-label", `Close ${drafts.title(id)}`);
      close.append(Object.assign(document.createElement("span"), { className: "icon i-x-lg" }));
      box.append(tab, close);
      return box;
    });
    const same = bar.children.length - 1 === drawn.length && drawn.every((box, index) => box.isEqualNode(bar.children[index]));
    if (same) return;
    bar.replaceChildren(...drawn, bar.lastElementChild);
    if (focused) bar.querySelector(`[data-draft="${focused}"]`)?.focus();
  }

  document.addEventListener("dblclick", (event) => {
    const tab = event.target instanceof Element ? event.target.closest("[data-draft]") : null;
    if (!tab) return;
    const field = document.createElement("input");
    field.className = "form-control form-control-sm draft-name";
    field.setAttribute("aria-label", "Name of the draft");
    field.value = window.portalDrafts.title(tab.dataset.draft);
    const done = (keep) => {
      if (!field.isConnected) return;
      if (keep) window.portalDrafts.change({ name: field.value.trim() });
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

  // A closed draft can be had back until the next is closed.
  let closed = null;
  function close(id) {
    const drafts = window.portalDrafts;
    const draft = drafts.get(id);
    if (!draft) return;
    closed = draft.sql.trim() ? { ...draft } : null;
    drafts.remove(id);
    window.portalEditor.show();
    const note = by("warehouse-note");
    note.textContent = "";
    if (!closed) return;
    const back = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-link", textContent: "Undo" });
    back.addEventListener("click", () => {
      drafts.add(closed);
      note.textContent = "";
      window.portalEditor.show();
    });
    note.append("Draft closed. ", back);
  }

  window.portalDraftTabs = { draw, close };
})();
