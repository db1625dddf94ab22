// The surfaces that SQL is written on: {node, text(), set(text), insert(text), replace(text), chosen(), mark(errors),
// focus(), search()}. `set` is silent; the others tell `changed(text)`.
(function () {
  "use strict";

  // A plain text area

  function plain(place, { changed }) {
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

  function code(place, { changed, format }) {
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

  window.portalSurface = { plain, code };
})();
