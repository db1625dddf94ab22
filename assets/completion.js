// Completion from the viewer's own catalog, fetched as it is needed and kept for a minute, beside keywords and functions.
(function () {
  "use strict";
  const KEEP = 60000;
  const AROUND = 20000; // characters before and after the cursor in which tables are looked for
  const kept = new Map(); // path as JSON -> {at, names: Promise}

  // [[name, kind, note], …] below a path; the same promise for all who ask within a minute.
  function below(path) {
    const key = JSON.stringify(path);
    const known = kept.get(key);
    if (known && Date.now() - known.at < KEEP) return known.names;
    const names = window.portalPost("catalog/names", { path }).then((found) => found.names);
    kept.set(key, { at: Date.now(), names });
    names.catch(() => kept.delete(key));
    return names;
  }
  const quietly = (path) => below(path).catch(() => []);

  const options = (names, boost = 0) =>
    names.map(([name, kind, note]) => ({
      label: name,
      apply: window.portalSql.quote(name),
      type: { catalog: "namespace", schema: "namespace", table: "class", view: "interface", column: "property" }[kind] || "text",
      detail: kind === "column" ? note : undefined,
      info: kind !== "column" && note ? note : undefined,
      boost,
    }));

  // Where a written path leads from here: as it stands, below the current catalog, below the current schema.
  function readings(path) {
    const where = window.portalEditor.where();
    const [catalog, schema] = where.length > 1 ? where : [null, where[0]];
    const ways = [path];
    if (catalog) ways.push([catalog, ...path]);
    if (catalog && schema) ways.push([catalog, schema, ...path]);
    return ways.filter((one) => one.length <= 3);
  }

  // What is below a path, found by going down from the top: a name that is not there is not asked for.
  async function found(path) {
    for (let depth = 0; depth < path.length; depth++) {
      const names = await quietly(path.slice(0, depth));
      if (!names.some(([name]) => name.toLowerCase() === path[depth].toLowerCase())) return [];
    }
    return quietly(path);
  }

  async function columnsOf(table) {
    for (const path of readings(table.path).filter((one) => one.length === 3)) {
      const names = await found(path);
      if (names.length) return names;
    }
    return [];
  }

  // The answer may come after the viewer has left: a list would then open over what they do now.
  window.portalComplete = async function (context) {
    const found = await complete(context);
    return context.view?.hasFocus === false ? null : found;
  };
  async function complete(context) {
    const before = context.matchBefore(/(?:(?:`(?:[^`]|``)*`|[\p{L}_][\p{L}\p{N}_$]*)\.)*(?:`(?:[^`]|``)*|[\p{L}_][\p{L}\p{N}_$]*)?$/u);
    if (!before || (before.from === before.to && !context.explicit)) return null;
    const dot = before.text.lastIndexOf(".");
    const path = dot < 0 ? [] : window.portalSql.names(before.text.slice(0, dot));
    const from = before.from + dot + 1;
    const { doc } = context.state;
    const text = doc.sliceString(Math.max(0, context.pos - AROUND), Math.min(doc.length, context.pos + AROUND));
    if (path.length) {
      const alias = path.length === 1 && window.portalSql.tables(text).find((one) => one.alias.toLowerCase() === path[0].toLowerCase() || one.path.at(-1).toLowerCase() === path[0].toLowerCase());
      const lists = await Promise.all([alias ? columnsOf(alias) : [], ...readings(path).map(found)]);
      const seen = new Set();
      const all = lists.flatMap((names, index) => options(names, index ? 0 : 2)).filter((one) => !seen.has(one.label) && seen.add(one.label));
      return all.length ? { from, options: all, validFor: /^[\w$`]*$/ } : null;
    }
    const where = window.portalEditor.where(); // `catalog.schema`, or less
    const tables = window.portalSql.tables(text).slice(0, 12);
    const columns = await Promise.all(tables.map(columnsOf));
    const around = await Promise.all([quietly([]), ...(where.length > 1 ? [quietly([where[0]]), quietly(where)] : [])]);
    const seen = new Set();
    const all = [
      ...columns.flatMap((names) => options(names, 20)),
      ...tables.filter((one) => one.alias).map((one) => ({ label: one.alias, type: "variable", detail: one.path.join("."), boost: 15 })),
      ...around.flatMap((names) => options(names, 5)),
    ].filter((one) => !seen.has(one.label) && seen.add(one.label));
    return all.length ? { from, options: all, validFor: /^[\w$`]*$/ } : null;
  }
  window.portalCatalog = { below, forget: () => kept.clear() };
})();
