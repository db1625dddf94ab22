// SQL as text in the browser: parameters and the tables that a statement names. The rules of portal/databricks/sqllexer.py.
const TOKEN =
  /(?<space>\s+)|(?<line>--(?:\\\n|[^\r\n])*)|(?<hint>\/\*\+|\*\/)|(?<block>\/\*)|(?<string>[rR](?:'[^']*(?:'|$)|"[^"]*(?:"|$))|'(?:[^'\\]|\\.|\\$)*(?:'|$)|"(?:[^"\\]|\\.|\\$)*(?:"|$))|(?<quoted>`(?:[^`]|``)*(?:`|$))|(?<dollar>\$(?<tag>[A-Za-z]*)\$.*?(?:\$\k<tag>\$|$))|(?<number>(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?:[fFdD]|[bB][dD])?|[0-9]+(?:[eE][+-]?[0-9]+)?(?:[lLsSyYfFdD]|[bB][dD])?)(?![\p{L}\p{N}_]))|(?<word>[\p{L}\p{N}_]+)|(?<cast>::)|(?<colon>:)|(?<semicolon>;)|(?<other>.)/suy;
const QUIET = new Set(["space", "line", "block"]);
const VALUE_ENDS = new Set(["word", "quoted", "string", "number"]);
const KEYWORDS = new Set(
  (
    "all and any as asc between by case cross desc distinct div else end escape except exists filter from full group " +
    "having if ilike in inner intersect interval into is join lateral left like limit minus natural not null offset on " +
    "or order outer over partition qualify regexp right rlike rows select set similar some tablesample then to union " +
    "using values when where window with within date timestamp"
  ).split(" "),
);

/** @typedef {{kind: string, start: number, end: number, text: string}} Token */
/** @typedef {{path: string[], alias: string}} Table `path`: catalog, schema and table, or less */

/**
 * @param {string} text
 * @param {number} from behind what opens the comment
 */
function blockEnd(text, from) {
  const edge = /\/\*(?!\+)|\*\//g;
  edge.lastIndex = from;
  let depth = 1;
  for (let found = edge.exec(text); found; found = edge.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (!depth) return edge.lastIndex;
  }
  return text.length;
}

/**
 * @param {string} text
 * @returns {Generator<Token, void>}
 */
export function* tokens(text) {
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) {
      at += 1; // half of a surrogate pair
      continue;
    }
    const [kind] = Object.entries(found.groups ?? {}).find(([, part]) => part !== undefined) ?? ["other"];
    const end = kind === "block" ? blockEnd(text, TOKEN.lastIndex) : TOKEN.lastIndex;
    yield { kind, start: at, end, text: text.slice(at, end) };
    at = end;
  }
}

/**
 * @param {Token | null} token
 * @param {boolean} isBehindAs
 */
function endsValue(token, isBehindAs) {
  if (!token) return false;
  if (isBehindAs && token.text.toLowerCase() === "of") return false; // VERSION AS OF :v
  if (token.kind === "word") return !KEYWORDS.has(token.text.toLowerCase());
  return VALUE_ENDS.has(token.kind) || token.text === ")" || token.text === "]";
}

let last = { text: "", names: /** @type {string[]} */ ([]) };

/**
 * Names of parameters, in the order in which they first appear; of the last text at once.
 *
 * @param {string} text
 */
export function markers(text) {
  if (text !== last.text) last = { text, names: text.includes(":") ? markersOf(text) : [] };
  return [...last.names];
}

/** @param {string} text */
function markersOf(text) {
  /** @type {Set<string>} */
  const found = new Set();
  /** @type {Token | null} */
  let previous = null;
  let isBehindAs = false;
  /** @type {Token | null} */
  let opened = null;
  for (const token of tokens(text)) {
    if (opened && token.kind === "word" && token.start === opened.end && !/^\d/.test(token.text)) found.add(token.text);
    opened = token.kind === "colon" && !endsValue(previous, isBehindAs) ? token : null;
    if (QUIET.has(token.kind)) continue;
    isBehindAs = previous?.text.toLowerCase() === "as";
    previous = token;
  }
  return [...found];
}

/** @param {Token} token */
const unquoted = (token) => (token.kind === "quoted" ? token.text.slice(1, -1).replaceAll("``", "`") : token.text);

const BEFORE_TABLE = /^(from|join|into|update|table)$/i;

/**
 * Tables behind FROM and JOIN: what columns may be completed from.
 *
 * @param {string} text
 */
export function tables(text) {
  const kept = [...tokens(text)].filter((token) => !QUIET.has(token.kind));
  /** @type {Table[]} */
  const found = [];
  for (let i = 0; i < kept.length; i++) {
    if (kept[i].kind !== "word" || !BEFORE_TABLE.test(kept[i].text)) continue;
    /** @type {string[]} */
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
    const alias =
      next && (next.kind === "quoted" || (next.kind === "word" && !KEYWORDS.has(next.text.toLowerCase())))
        ? unquoted(next)
        : "";
    found.push({ path, alias });
  }
  return found;
}

/**
 * The statement that a place is in, comments and all.
 *
 * @param {string} text
 * @param {number} at
 */
export function statementAt(text, at) {
  let start = 0;
  for (const token of tokens(text)) {
    if (token.kind !== "semicolon") continue;
    if (token.start >= at) return text.slice(start, token.start);
    start = token.end;
  }
  return text.slice(start);
}

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A name as it is written in SQL.
 *
 * @param {string} name
 */
export const quote = (name) => (PLAIN.test(name) ? name : `\`${name.replaceAll("`", "``")}\``);

/**
 * `a.b` or backquoted names, to a list of names.
 *
 * @param {string} text
 */
export const names = (text) =>
  [...tokens(text)].filter(({ kind }) => kind === "word" || kind === "quoted").map(unquoted);
