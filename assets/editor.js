// Where SQL is written: CodeMirror where its bundle is there, a plain text area where it is not; drafts in tabs.
(function () {
  "use strict";
  const by = (id) => document.getElementById(id);
  let surface = null; // {node, text(), set(text), insert(text), chosen(), mark(errors), focus(), search()}
  let markers = [];

  // A plain text area

  function plain(place) {
    const area = document.createElement("textarea");
    area.className = "form-control editor-area";
    area.setAttribute("aria-label", "SQL");
    area.spellcheck = false;
    area.autocapitalize = "off";
    area.placeholder = "SELECT …";
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      window.portalWarehouse.run(event.shiftKey);
    });
    area.addEventListener("input", () => changed(area.value));
    place.replaceChildren(area);
    return {
      node: area,
      text: () => area.value,
      set: (text) => (area.value = text),
      insert(text) {
        area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
        changed(area.value);
      },
      replace(text) {
        area.value = text;
        changed(text);
      },
      chosen: () => ({ from: area.selectionStart, to: area.selectionEnd }),
      mark() {},
      focus: () => area.focus(),
    };
  }

  // CodeMirror

  const WORDS = {
    keywords:
      "add after all alter analyze and anti any archive array as asc at authorization between both bucket by cache cascade case cast catalog catalogs change check clear cluster clustered collate collation column columns comment commit constraint copy create cross cube current current_date current_time current_timestamp current_user data database databases day default delete desc describe detail distinct distribute drop else end escape except exchange exists explain extended external false fetch filter first following for foreign format from full function functions generated global grant group grouping having history hour identifier if ignore ilike immediate import in include inner insert intersect interval into is items join keys last lateral left like limit list local location map matched merge minus minute month natural next no not null nulls of offset on only optimize option options or order out outer over overwrite partition partitions percent pivot preceding primary properties qualify range recover recursive reduce references refresh rename repair replace reset restore restrict revoke right rlike role rollup row rows sample schema schemas second select semi session set sets show some start statistics stored struct table tables tablesample target tblproperties then timestamp to transaction trailing true truncate unbounded union unique unknown unpivot update use user using vacuum values version view volume when where window with within year zorder",
    types:
      "array bigint binary boolean byte date decimal double float int integer interval long map numeric real short smallint string struct timestamp timestamp_ntz tinyint variant void",
    builtin:
      "abs acos add_months aggregate ai_query any_value approx_count_distinct approx_percentile array_agg array_append array_contains array_distinct array_except array_intersect array_join array_max array_min array_position array_size array_sort array_union arrays_zip ascii asin atan avg base64 bit_and bit_or bool_and bool_or bround cardinality ceil ceiling char char_length coalesce collect_list collect_set concat concat_ws contains conv corr cos count count_if covar_pop crc32 cume_dist curdate current_catalog current_database current_schema current_timezone date_add date_diff date_format date_from_unix_date date_part date_sub date_trunc dateadd datediff dayofmonth dayofweek dayofyear decode dense_rank element_at elt encode endswith every exp explode explode_outer extract filter find_in_set first_value flatten floor forall format_number format_string from_csv from_json from_unixtime from_utc_timestamp get get_json_object greatest grouping_id hash hex histogram_numeric hour hypot if ifnull iff inline initcap input_file_name instr isnan isnotnull isnull json_array_length json_object_keys kurtosis lag last_day last_value lcase lead least left len length levenshtein listagg ln locate log log10 log2 lower lpad ltrim make_date make_timestamp map_concat map_entries map_filter map_from_arrays map_keys map_values max max_by md5 mean median min min_by minute mod mode month months_between named_struct nanvl next_day now nth_value ntile nullif nvl nvl2 parse_json parse_url percent_rank percentile percentile_approx percentile_cont posexplode position pow power quarter radians rand randn range rank read_files reduce regexp_count regexp_extract regexp_extract_all regexp_like regexp_replace regexp_substr repeat replace reverse right rint round row_number rpad rtrim schema_of_json second sequence sha sha1 sha2 shuffle sign sin size skewness slice some sort_array soundex space split split_part sqrt stack startswith std stddev stddev_pop stddev_samp str_to_map string_agg substr substring substring_index sum tan timestamp_micros timestamp_millis timestamp_seconds to_binary to_char to_date to_json to_number to_timestamp to_unix_timestamp to_utc_timestamp transform transform_keys transform_values translate trim trunc try_add try_cast try_divide try_element_at try_multiply try_subtract try_to_number try_to_timestamp try_variant_get typeof ucase unbase64 unhex unix_timestamp upper url_decode url_encode uuid var_pop var_samp variance variant_get weekday weekofyear width_bucket window xpath year zip_with",
  };

  function code(place) {
    const cm = window.PortalCodeMirror;
    const dialect = cm.SQLDialect.define({
      ...WORDS,
      backslashEscapes: true,
      doubleQuotedStrings: true,
      identifierQuotes: "`",
      caseInsensitiveIdentifiers: true,
      hashComments: false,
      slashComments: false,
      operatorChars: "*/+-%<>!=&|~^:",
    });
    const t = cm.tags;
    const colours = cm.HighlightStyle.define([
      { tag: t.keyword, class: "sql-keyword" },
      { tag: [t.string, t.special(t.string)], class: "sql-string" },
      { tag: [t.number, t.bool, t.null], class: "sql-number" },
      { tag: t.comment, class: "sql-comment" },
      { tag: t.typeName, class: "sql-type" },
      { tag: [t.standard(t.name), t.function(t.variableName)], class: "sql-function" },
    ]);
    let quiet = false;
    const run = (everything) => (view) => {
      cm.closeCompletion(view);
      window.portalWarehouse.run(everything);
      return true;
    };
    const keywords = cm.keywordCompletionSource(dialect, true);
    // Behind a dot stand names, never keywords.
    const words = (context) => (context.matchBefore(/[.`][\w$]*$/) ? null : keywords(context));
    const view = new cm.EditorView({
      parent: place,
      state: cm.EditorState.create({
        extensions: [
          cm.Prec.highest(
            cm.keymap.of([
              { key: "Mod-Enter", run: run(false) },
              { key: "Mod-Shift-Enter", run: run(true) },
              { key: "Shift-Alt-f", run: () => (format(), true) },
            ]),
          ),
          cm.basicSetup,
          cm.keymap.of([{ key: "Tab", run: cm.acceptCompletion }]),
          dialect.extension,
          cm.EditorState.languageData.of(() => [{ autocomplete: window.portalComplete }, { autocomplete: words }]),
          cm.autocompletion({ icons: false }),
          cm.syntaxHighlighting(colours),
          cm.EditorView.lineWrapping,
          cm.placeholder("SELECT …"),
          cm.EditorView.contentAttributes.of({ "aria-label": "SQL", spellcheck: "false", autocapitalize: "off" }),
          cm.EditorView.updateListener.of((update) => {
            if (update.docChanged && !quiet) changed(view.state.doc.toString());
          }),
        ],
      }),
    });
    const replace = (text) =>
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: Math.min(view.state.selection.main.head, text.length) } });
    return {
      node: view.dom,
      text: () => view.state.doc.toString(),
      set(text) {
        quiet = true;
        replace(text);
        quiet = false;
      },
      insert(text) {
        view.dispatch(view.state.replaceSelection(text));
        view.focus();
      },
      replace,
      chosen() {
        const { from, to } = view.state.selection.main;
        return { from, to };
      },
      mark(errors) {
        const doc = view.state.doc;
        const found = errors.filter((error) => error.line >= 1 && error.line <= doc.lines).map((error) => {
          const line = doc.line(error.line);
          const from = Math.min(line.from + Math.max(0, (error.column || 1) - 1), line.to);
          const word = /^[\w$.`]+/.exec(line.text.slice(from - line.from));
          const to = error.column ? Math.min(line.to, from + (word ? word[0].length : 1)) : line.to;
          return { from, to: Math.max(from, to), severity: "error", message: error.message };
        });
        view.dispatch(cm.setDiagnostics(view.state, found));
        if (found.length) view.dispatch({ effects: cm.EditorView.scrollIntoView(found[0].from, { y: "nearest" }) });
      },
      focus: () => view.focus(),
      search: () => cm.openSearchPanel(view),
    };
  }

  // Both

  function changed(text) {
    window.portalDrafts.change({ sql: text });
    drawTabs();
    marks();
  }
  let due = 0;
  function marks() {
    clearTimeout(due);
    due = setTimeout(() => {
      markers = window.portalSql.markers(surface.text());
      window.portalParameters.draw(markers);
    }, 120);
  }

  function show() {
    const draft = window.portalDrafts.current;
    surface.set(draft.sql);
    by("warehouse-where").value = draft.where;
    by("warehouse-limit").value = draft.limit || "1000";
    drawTabs();
    marks();
    document.dispatchEvent(new CustomEvent("portal:draft"));
  }

  async function format() {
    const before = surface.text();
    try {
      const found = await window.portalPost("sql/format", { sql: before });
      if (surface.text() === before && found.sql.trimEnd() !== before.trimEnd()) surface.replace(found.sql.trimEnd());
      surface.mark([]);
      say("");
    } catch (error) {
      say(error.message);
      if (error.line) surface.mark([{ line: error.line, column: error.position, message: error.message }]);
    }
  }
  function say(text) {
    const note = by("warehouse-note");
    if (note) note.textContent = text;
  }

  // The catalog beside the editor: open where there is room, unless the viewer closed it.
  function tree(open) {
    by("warehouse-editor").closest(".warehouse").classList.toggle("has-tree", open);
    document.querySelector("[data-editor=catalog]")?.setAttribute("aria-pressed", String(open));
    try {
      localStorage.setItem("portal-tree", open ? "open" : "closed");
    } catch {
      // not kept
    }
  }
  function treeAtFirst() {
    let kept = null;
    try {
      kept = localStorage.getItem("portal-tree");
    } catch {
      // not kept
    }
    const open = window.innerWidth >= 1400 ? kept !== "closed" : kept === "open" && window.innerWidth >= 1200;
    by("warehouse-editor").closest(".warehouse").classList.toggle("has-tree", open);
    document.querySelector("[data-editor=catalog]")?.setAttribute("aria-pressed", String(open));
  }
  document.addEventListener("portal:pick", (event) => {
    if (!event.target.closest?.(".warehouse")) return;
    surface.insert(event.detail.sql);
  });

  // Save under a name, in the workspace; saving again changes what this draft was saved as.
  function saveQuery() {
    const drafts = window.portalDrafts;
    const draft = drafts.current;
    if (!draft.sql.trim()) {
      say("There is nothing to save yet.");
      return;
    }
    const place = by("warehouse-note");
    const field = Object.assign(document.createElement("input"), { className: "form-control form-control-sm", value: draft.saved?.name || draft.name || "", placeholder: "Name of the query", maxLength: 200 });
    field.setAttribute("aria-label", "Name of the query");
    const keep = Object.assign(document.createElement("button"), { type: "submit", className: "btn btn-sm btn-primary", textContent: draft.saved ? "Save changes" : "Save" });
    const stop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: "Do not save" });
    const form = Object.assign(document.createElement("form"), { className: "filter-form" });
    form.append(field, keep, stop);
    stop.addEventListener("click", () => say(""));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const name = field.value.trim();
      if (!name) return field.focus();
      keep.disabled = true;
      const where = window.portalEditor.where();
      try {
        const found = await window.portalPost("sql/save", { name, sql: draft.sql, id: draft.saved?.id ?? null, warehouse: by("warehouse-choice")?.value || null, catalog: where.length > 1 ? where[0] : null, schema: where.at(-1) ?? null });
        drafts.change({ name: found.name, saved: { id: found.id, name: found.name } });
        drawTabs();
        say(`Saved as “${found.name}”. It shows in Databricks too, and under Queries.`);
      } catch (error) {
        keep.disabled = false;
        say(`Not saved. ${error.message}`);
      }
    });
    place.replaceChildren(form);
    field.select();
    field.focus();
  }

  // Tabs of drafts

  function drawTabs() {
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

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const drafts = window.portalDrafts;
    const tab = target?.closest("[data-draft]");
    if (tab && tab.dataset.draft !== drafts.active) {
      drafts.select(tab.dataset.draft);
      show();
    }
    const close = target?.closest("[data-draft-close]");
    if (close) closeDraft(close.dataset.draftClose);
    const act = target?.closest("[data-editor]")?.dataset.editor;
    if (act === "new") {
      drafts.add({ where: drafts.current.where, limit: drafts.current.limit });
      show();
      surface.focus();
    }
    if (act === "format") format();
    if (act === "search") surface.search?.();
    if (act === "catalog") tree(!by("warehouse-editor").closest(".warehouse").classList.contains("has-tree"));
    if (act === "save") saveQuery();
  });
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
      drawTabs();
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
  function closeDraft(id) {
    const drafts = window.portalDrafts;
    const draft = drafts.get(id);
    if (!draft) return;
    closed = draft.sql.trim() ? { ...draft } : null;
    drafts.remove(id);
    show();
    const note = by("warehouse-note");
    note.textContent = "";
    if (!closed) return;
    const back = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-link", textContent: "Undo" });
    back.addEventListener("click", () => {
      drafts.add(closed);
      note.textContent = "";
      show();
    });
    note.append("Draft closed. ", back);
  }

  function mount() {
    const place = by("warehouse-editor");
    if (!place || place.dataset.mounted) return;
    place.dataset.mounted = "1";
    const where = Object.assign(document.createElement("input"), {
      id: "warehouse-where",
      className: "form-control form-control-sm",
      placeholder: "catalog.schema",
      autocomplete: "off",
      spellcheck: false,
    });
    by("warehouse-where-box").replaceChildren(where);
    window.portalDrafts.load(place.dataset.viewer);
    const bundle = place.dataset.bundle;
    surface = plain(place);
    treeAtFirst();
    window.portalLink.open();
    show();
    by("warehouse-where").addEventListener("input", (event) => window.portalDrafts.change({ where: event.target.value.trim() }));
    by("warehouse-limit").addEventListener("change", (event) => window.portalDrafts.change({ limit: event.target.value }));
    if (!bundle) return;
    window.portalBundles.load(bundle).then(
      () => {
        if (!place.isConnected) return;
        const chosen = surface.chosen();
        const had = document.activeElement === surface.node;
        const text = surface.text();
        place.replaceChildren();
        surface = code(place);
        surface.set(text);
        if (had) surface.focus();
        void chosen;
      },
      () => {}, // the text area stays
    );
  }
  new MutationObserver(mount).observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("portal:draft-saved", (event) => {
    if (!event.detail.whole) say("This browser has no room to keep the draft: it is lost on reload.");
  });

  window.portalEditor = {
    ready: () => Boolean(surface?.node.isConnected),
    text: () => surface.text(),
    show,
    insert: (text) => surface.insert(text),
    mark: (errors) => surface?.mark(errors),
    say,
    where: () => window.portalSql.names(by("warehouse-where")?.value || ""),
    setWhere(path) {
      by("warehouse-where").value = path.map(window.portalSql.quote).join(".");
      window.portalDrafts.change({ where: by("warehouse-where").value });
    },
    // What Run sends: the text, the selection, where names are looked up, and the parameters' values.
    chosen() {
      const where = this.where();
      window.portalDrafts.flush();
      return {
        sql: surface.text(),
        ...surface.chosen(),
        catalog: where.length > 1 ? where[0] : null,
        schema: where.at(-1) ?? null,
        warehouse: by("warehouse-choice")?.value || null,
        params: window.portalParameters.values(),
      };
    },
  };
})();
