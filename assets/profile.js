// A column's profile under the result's bar: counts, edges, quantiles, a histogram or the most frequent values.
(function () {
  "use strict";
  const count = (value) => value.toLocaleString("en");
  function element(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  // What the server works out by itself, or by a statement of the warehouse that has to end first.
  window.portalWork = async function (result, path, body, say) {
    const asked = { ...body, again: window.portalResults.again(result.id) };
    const first = await window.portalPost(`results/${result.id}/${path}`, asked);
    if (!first.id) return first;
    say("The warehouse works it out; this result is too large for the portal…", first.id);
    for (;;) {
      const state = await window.portalPost(`results/${first.id}/state`, {});
      if (state.state === "SUCCEEDED") return window.portalPost(`results/${result.id}/${path}`, { ...asked, from: first.id });
      if (state.state === "CANCELED") throw new Error("Canceled.");
      if (state.state === "CLOSED") throw new Error("It expired; try again.");
    }
  };

  function bars(rows, total) {
    const most = Math.max(...rows.map((row) => row.count), 1);
    return element("ol", { className: "profile-bars" }, ...rows.map((row) => {
      const bar = element("span", { className: "profile-bar" });
      bar.style.inlineSize = `${(row.count / most) * 100}%`;
      const share = total ? ` (${((row.count / total) * 100).toFixed(1)} %)` : "";
      return element("li", { title: `${row.name}: ${count(row.count)}${share}` }, element("span", { className: "profile-name" }, row.name), element("span", { className: "profile-track" }, bar), element("span", { className: "profile-count" }, count(row.count)));
    }));
  }

  function card(profile, where) {
    const percent = (part) => (profile.rows ? ` (${((part / profile.rows) * 100).toFixed(1)} %)` : "");
    const about = profile.approximate ? "about " : "";
    const facts = [
      ["Type", profile.type],
      ["Rows", count(profile.rows)],
      ["NULL", count(profile.nulls) + percent(profile.nulls)],
      ["Distinct", about + count(profile.distinct)],
    ];
    if (profile.min !== null) facts.push(["Least", profile.min], ["Greatest", profile.max]);
    if (profile.lengths) facts.push(["Characters", `${profile.lengths[0]} to ${profile.lengths[1]}`]);
    for (const [share, point] of profile.quantiles || []) facts.push([share === 0.5 ? "Median" : `${share * 100} % below`, point ?? "–"]);
    const list = element("dl", { className: "profile-facts" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
    const rows = profile.histogram.length
      ? profile.histogram.map((bin) => ({ name: bin.from === bin.to ? bin.from : `${bin.from} – ${bin.to}`, count: bin.count }))
      : profile.top.map(([name, number]) => ({ name: name === null ? "NULL" : name === "" ? "(empty)" : name.slice(0, 80), count: number }));
    const title = profile.histogram.length ? "How the values lie" : "Most frequent";
    return element("div", { className: "profile" }, list, rows.length ? element("div", { className: "profile-right" }, element("h3", { className: "profile-title" }, title), bars(rows, profile.rows)) : null, element("p", { className: "profile-where" }, where));
  }

  window.portalProfile = function (result) {
    const form = window.portalResultPart(result.id, "form");
    if (!form.hidden && form.dataset.shows === "profile") {
      form.hidden = true;
      return;
    }
    form.hidden = false;
    form.dataset.shows = "profile";
    const { columns } = result.first;
    const choice = element("select", { className: "form-select form-select-sm" }, ...columns.map((one, index) => new Option(one.name || `(column ${index + 1})`, index)));
    choice.setAttribute("aria-label", "Column to profile");
    const focused = result.api.getFocusedCell()?.column.getColId();
    if (focused) choice.value = focused.slice(1);
    const place = element("div", { className: "profile-place" });
    let latest = 0;
    async function show() {
      const mine = ++latest;
      place.replaceChildren(element("p", { className: "profile-where" }, "Looking at the column…"));
      try {
        const found = await window.portalWork(result, "profile", { column: Number(choice.value) }, (text, cancel) => mine === latest && result.say(text, cancel));
        if (mine !== latest) return;
        result.say("");
        const whole = result.first.truncated ? "the rows that were fetched" : "the whole result";
        place.replaceChildren(card(found.profile, `Over ${whole}, ${found.here ? "by the portal" : "by the warehouse"}.`));
      } catch (error) {
        if (mine !== latest) return;
        result.say("");
        place.replaceChildren(element("p", { className: "profile-where", role: "alert" }, error.message));
      }
    }
    choice.addEventListener("change", show);
    form.replaceChildren(element("div", { className: "filter-form" }, choice), place);
    show();
  };
})();
