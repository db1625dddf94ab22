// SQL as text in the browser: parameters and the tables that a statement names. The rules of portal/databricks/sqltext.py.
(function () {
  "use strict";
  const TOKEN =
    /(?<space>\s+)|(?<line>--(?:\\\r?\n|[^\r\n])*)|(?<block>\/\*)|(?<string>(?<![\w$])[rR](?:'[^']*(?:'|$)|"[^"]*(?:"|$))|'(?:[^'\\]|\\.|\\$)*(?:'|$)|"(?:[^"\\]|\\.|\\$)*(?:"|$))|(?<quoted>`(?:[^`]|``)*(?:`|$))|(?<number>(?:\d[\w.]*|\.\d\w*)(?:(?<=[eE])[+-]\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<cast>::)|(?<colon>:)|(?<semicolon>;)|(?<other>.)/suy;
  const QUIET = new Set(["space", "line", "block"]);
  const VALUE_ENDS = new Set(["word", "quoted", "string", "number"]);
  const KEYWORDS = new Set(
    ("all and any as asc between by case cross desc distinct div else end escape except exists filter from full group " +
      "having if ilike in inner intersect interval into is join lateral left like limit minus natural not null offset on " +
      "or order outer over partition qualify regexp right rlike rows select set similar some tablesample then to union " +
      "using values when where window with within date timestamp").split(" "),
  );

  function blockEnd(text, from) {
    const edge = /\/\*|\*\//g;
    edge.lastIndex = from;
    let depth = 1;
    for (let found; (found = edge.exec(text)); ) {
      depth += found[0] === "/*" ? 1 : -1;
      if (!depth) return edge.lastIndex;
    }
    return text.length;
  }

  function* tokens(text) {
    let at = 0;
    while (at < text.length) {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text);
      if (!found) {
        at += 1; // half of a surrogate pair
        continue;
      }
      const kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
      const end = kind === "block" ? blockEnd(text, TOKEN.lastIndex) : TOKEN.lastIndex;
      yield { kind, start: at, end, text: text.slice(at, end) };
      at = end;
    }
  }

  function endsValue(token) {
    if (!token) return false;
    if (token.kind === "word") return !KEYWORDS.has(token.text.toLowerCase());
    return VALUE_ENDS.has(token.kind) || token.text === ")" || token.text === "]";
  }

  // Names of parameters, in the order in which they first appear; of the last text at once.
  let last = ["", []];
  function markers(text) {
    if (text !== last[0]) last = [text, text.includes(":") ? markersOf(text) : []];
    return [...last[1]];
  }
  function markersOf(text) {
    const found = new Set();
    let previous = null;
    let opened = null;
    for (const token of tokens(text)) {
      if (opened && token.kind === "word" && token.start === opened.end) found.add(token.text);
      opened = token.kind === "colon" && !endsValue(previous) ? token : null;
      if (!QUIET.has(token.kind)) previous = token;
    }
    return [...found];
  }

  const unquoted = (token) => (token.kind === "quoted" ? token.text.slice(1, -1).replaceAll("``", "`") : token.text);

  // Tables behind FROM and JOIN, each {path: [catalog, schema, table], alias}: what columns may be completed from.
  function tables(text) {
    const kept = [...tokens(text)].filter((token) => !QUIET.has(token.kind));
    const found = [];
    for (let i = 0; i < kept.length; i++) {
      if (kept[i].kind !== "word" || !/^(from|join|into|update|table)$/i.test(kept[i].text)) continue;
      const path = [];
      let j = i + 1;
      while (kept[j] && (kept[j].kind === "word" || kept[j].kind === "quoted")) {
        path.push(unquoted(kept[j]));
        j += 1;
        if (kept[j]?.text !== ".") break;
        j += 1;
      }
      if (!path.length) continue;
      if (kept[j]?.kind === "word" && /^as$/i.test(kept[j].text)) j += 1;
      const next = kept[j];
      const alias = next && (next.kind === "quoted" || (next.kind === "word" && !KEYWORDS.has(next.text.toLowerCase()))) ? unquoted(next) : "";
      found.push({ path, alias });
    }
    return found;
  }

  const plain = (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  const quote = (name) => (plain(name) ? name : `\`${name.replaceAll("`", "``")}\``);
  // `a.b` or backquoted names, to a list of names.
  function names(text) {
    return [...tokens(text)].filter((token) => token.kind === "word" || token.kind === "quoted").map(unquoted);
  }

  window.portalSql = { tokens, markers, tables, quote, names };
})();
