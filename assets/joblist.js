// The list of jobs: filters by value, and the grid (portal.ui.joblist).
(function () {
  "use strict";
  const { html, icon, badge, when, target, add } = window.portalDrawings;

  function button(item, attributes, ...children) {
    return html("button", { type: "button", "data-set": JSON.stringify(item.set), title: item.title, "data-key": item.key, ...attributes }, ...children);
  }

  function heading(column) {
    if (!column.set) return html("th", { scope: "col", role: "columnheader" }, column.text);
    const arrow = column.sorted ? icon(column.sorted === "ascending" ? "chevron-up" : "chevron-down") : null;
    const sort = button({ set: column.set, key: `sort ${column.text}` }, { class: "sort" }, column.text, arrow);
    return html("th", { scope: "col", role: "columnheader", "aria-sort": column.sorted }, sort);
  }

  function cell(attributes, ...children) {
    return html("td", { role: "gridcell", ...attributes }, ...children);
  }

  function name(job) {
    const parts = [target({ ...job, key: `job ${job.id}` }, html, { class: "job-link" }, job.name)];
    if (job.tags.length) {
      const tags = job.tags.map((tag) => button(tag, { class: "tag" }, tag.text));
      parts.push(html("span", { class: "job-tags" }, ...tags, job.more ? html("span", {}, `+${job.more}`) : null));
    }
    return cell({ class: "job-name" }, ...parts);
  }

  function schedule(job, states) {
    const parts = [];
    for (const one of job.schedules) {
      parts.push(html("span", { class: "words", title: one.title || null }, one.words));
      if (one.paused) parts.push(badge(states.PAUSED));
    }
    if (!parts.length) parts.push(html("span", { class: "text-body-secondary" }, "By hand"));
    if (job.next) parts.push(html("span", { class: "job-next" }, "next: ", when(job.next)));
    return cell({ class: "job-schedule" }, ...parts);
  }

  function runs(job, states) {
    if (job.waiting) return [0, 1, 2, 3].map(() => cell({ class: "job-waiting" }, html("span", { class: "skeleton-bar", "aria-hidden": "true" })));
    if (job.note) return [cell({ colspan: 4 }, html("span", { class: "cell-note", title: job.title }, job.note))];
    const cells = job.runs.map((run) => {
      const state = states[run.state];
      const text = `${state.text}, ${run.took}`;
      const words = html("span", { class: "visually-hidden" }, text);
      return html("li", {}, target(run, html, { class: `run-cell is-${state.tone}`, title: text }, icon(state.icon), words));
    });
    return [
      cell({}, html("ul", { class: "run-cells" }, ...cells)),
      cell({ class: "job-fact" }, badge(states[job.state])),
      cell({ class: "job-fact" }, when(job.start)),
      cell({ class: "job-fact cell-number" }, job.took),
    ];
  }

  add("jobs", function (value) {
    const row = (job) => html("tr", { role: "row" }, name(job), cell({ class: "job-owner", title: job.owner }, job.owner || "–"), schedule(job, value.states), ...runs(job, value.states));
    const head = html("thead", { role: "rowgroup" }, html("tr", { role: "row" }, ...value.columns.map(heading)));
    const body = html("tbody", { role: "rowgroup" }, ...value.rows.map(row));
    const about = { "aria-label": "Jobs", "aria-rowcount": value.count + 1, "aria-colcount": value.columns.length };
    const grid = html("table", { role: "grid", class: "table table-hover small-grid jobs-grid", ...about }, head, body);
    return [html("div", { class: "grid grid-small" }, grid)];
  });

  // Owner and tag, of the values that occur; assets/jobs.js chooses what the address says.
  add("choices", function (value) {
    return value.map((choice) => {
      const id = `jobs-${choice.name}`;
      const options = choice.values.map((text) => html("option", { value: text, selected: text === choice.chosen }, text));
      const select = html("select", { id, class: "form-select form-select-sm", "data-key": id }, html("option", { value: "" }, "Any"), ...options);
      return html("div", { class: "jobs-select", "data-param": choice.name }, html("label", { class: "form-label", for: id }, choice.label), select);
    });
  });
})();
