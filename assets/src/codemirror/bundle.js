// What the editor takes from CodeMirror 6: `assets/vendor/editor.js`, which the warehouse page loads for itself.
export { acceptCompletion, autocompletion, closeCompletion } from "@codemirror/autocomplete";
export { isolateHistory } from "@codemirror/commands";
export { keywordCompletionSource, SQLDialect } from "@codemirror/lang-sql";
export { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
export { setDiagnostics } from "@codemirror/lint";
export { openSearchPanel } from "@codemirror/search";
export { EditorState, Prec } from "@codemirror/state";
export { EditorView, keymap, placeholder } from "@codemirror/view";
export { tags } from "@lezer/highlight";
export { basicSetup } from "codemirror";
export { WORDS } from "./sql-words.js";
