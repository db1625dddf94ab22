// The surface that SQL is written on: CodeMirror. Where its bundle is not there it is a plain text area (textarea.js).
import { tell } from "../events.js";
import { complete } from "./completion.js";

/** @typedef {import("./statements.js").EditorError} EditorError */
/**
 * @typedef {{
 *   node: HTMLElement, text(): string, show(draft: string, text: string): void, move(from: string, to: string): void,
 *   insert(text: string): void, replace(text: string): void, chosen(): {from: number, to: number},
 *   select(from: number, to: number): void, mark(errors: EditorError[]): void, focus(): void, hasFocus(): boolean,
 *   search?(): void, end(): void,
 * }} Surface `show` is silent, the others tell `changed`; each draft has its own undo, cursor and folds, which `move` gives
 *   to another draft; `chosen` counts in UTF-16 units, a line's end as one
 */
/** @typedef {{changed(text: string): void, format(): void}} Actions */

/** @param {boolean} everything */
export const run = (everything) => tell("portal:run", { everything });

/** @typedef {import("@codemirror/view").EditorView} EditorView */

/**
 * What CodeMirror is told of the language and its colours.
 *
 * @param {typeof import("../codemirror/bundle.js")} cm
 */
function language(cm) {
  const dialect = cm.SQLDialect.define({
    ...cm.WORDS,
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
  const keywords = cm.keywordCompletionSource(dialect, true);
  /**
   * Behind a dot stand names, never keywords.
   *
   * @param {import("@codemirror/autocomplete").CompletionContext} context
   */
  const words = (context) => (context.matchBefore(/[.`][\w$]*$/) ? null : keywords(context));
  return [
    dialect.extension,
    cm.EditorState.languageData.of(() => [{ autocomplete: complete }, { autocomplete: words }]),
    cm.autocompletion({ icons: false }),
    cm.syntaxHighlighting(colours),
  ];
}

/** @param {typeof import("../codemirror/bundle.js")} cm */
function keys(cm) {
  /** @param {boolean} everything */
  const runs = (everything) => (/** @type {EditorView} */ view) => {
    cm.closeCompletion(view);
    run(everything);
    return true;
  };
  const formats = () => {
    live?.actions.format();
    return true;
  };
  const ours = [
    { key: "Mod-Enter", run: runs(false) },
    { key: "Mod-Shift-Enter", run: runs(true) },
    { key: "Shift-Alt-f", run: formats },
  ];
  return [cm.Prec.highest(cm.keymap.of(ours)), cm.basicSetup, cm.keymap.of([{ key: "Tab", run: cm.acceptCompletion }])];
}

/**
 * Where errors stand, for CodeMirror: from 0, in the text as it is.
 *
 * @param {import("@codemirror/state").Text} doc
 * @param {EditorError[]} errors
 */
export function diagnostics(doc, errors) {
  const inside = errors.filter(({ line }) => line >= 1 && line <= doc.lines);
  return inside.map(({ line: number, column, message }) => {
    const line = doc.line(number);
    const from = Math.min(line.from + Math.max(0, (column || 1) - 1), line.to);
    const word = /^[\w$.`]+/.exec(line.text.slice(from - line.from));
    const to = column ? Math.min(line.to, from + (word ? word[0].length : 1)) : line.to;
    return { from, to: Math.max(from, to), severity: /** @type {const} */ ("error"), message };
  });
}

/** @typedef {{state: import("@codemirror/state").EditorState, scroll: any}} Left a draft as it was left */

/** @type {Map<string, Left>} by draft: they outlive the page, to which one comes back */
const left = new Map();
/** @type {{actions: Actions, quiet: boolean} | null} whom the editor that shows tells */
let live = null;
/** @type {import("@codemirror/state").Extension | null} */
let extensions = null;

/** @param {typeof import("../codemirror/bundle.js")} cm */
const extended = (cm) => [
  ...keys(cm),
  ...language(cm),
  cm.EditorView.lineWrapping,
  cm.placeholder("SELECT …"),
  cm.EditorView.contentAttributes.of({ "aria-label": "SQL", spellcheck: "false", autocapitalize: "off" }),
  cm.EditorView.updateListener.of((update) => {
    if (update.docChanged && live && !live.quiet) live.actions.changed(update.state.doc.toString());
  }),
];

/**
 * What to change so that one text becomes another: the middle in which they differ, so that the cursor stays.
 *
 * @param {string} before
 * @param {string} after
 */
export function change(before, after) {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let same = 0;
  while (same < most - from && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}

/**
 * CodeMirror.
 *
 * @param {HTMLElement} place
 * @param {Actions} actions
 * @returns {Surface}
 */
export function code(place, actions) {
  const cm = window.PortalCodeMirror;
  extensions ??= extended(cm);
  const given = extensions;
  const own = { actions, quiet: false };
  live = own;
  const view = new cm.EditorView({ parent: place, state: cm.EditorState.create({ extensions: given }) });
  let shown = "";
  const keep = () => {
    if (shown) left.set(shown, { state: view.state, scroll: view.scrollSnapshot() });
  };
  return {
    node: view.dom,
    text: () => view.state.doc.toString(),
    show(draft, text) {
      own.quiet = true;
      if (draft !== shown) {
        keep();
        const known = left.get(draft);
        view.setState(known?.state ?? cm.EditorState.create({ doc: text, extensions: given }));
        if (known) view.dispatch({ effects: known.scroll });
        shown = draft;
      }
      const before = view.state.doc.toString();
      // It was changed elsewhere: reverted, by a link, in another tab. Undo has that back by itself.
      const annotations = cm.isolateHistory.of("full");
      if (before !== text) view.dispatch({ changes: change(before, text), annotations });
      own.quiet = false;
    },
    move(from, to) {
      const known = left.get(from);
      if (known) left.set(to, known);
      left.delete(from);
      if (shown === from) shown = to;
    },
    insert(text) {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    replace: (text) =>
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: Math.min(view.state.selection.main.head, text.length) },
      }),
    chosen() {
      const { from, to } = view.state.selection.main;
      return { from, to };
    },
    select: (from, to) => view.dispatch({ selection: { anchor: from, head: to } }),
    mark(errors) {
      const found = diagnostics(view.state.doc, errors);
      view.dispatch(cm.setDiagnostics(view.state, found));
      if (found.length) view.dispatch({ effects: cm.EditorView.scrollIntoView(found[0].from, { y: "nearest" }) });
    },
    focus: () => view.focus(),
    hasFocus: () => view.hasFocus,
    search: () => cm.openSearchPanel(view),
    end() {
      keep();
      if (live === own) live = null;
      view.destroy();
    },
  };
}
