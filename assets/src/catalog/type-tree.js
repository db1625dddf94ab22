// A column's type as a tree of fields: `struct<a: int, b: array<struct<c: string>>>` may be 20,000 characters long.

/** @typedef {{name: string, type: string, note: string}} Field `type` in full; `note`: what follows it, as NOT NULL */

const OPEN = "<(";
const CLOSE = ">)";

/**
 * The parts of a text between commas (or another sign) that no bracket and no quote holds.
 *
 * @param {string} text
 * @param {string} sign
 * @param {number} [most] parts: the last one holds the rest
 */
export function parts(text, sign, most = Number.POSITIVE_INFINITY) {
  const found = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quote) {
      if (letter === "\\" && quote !== "`") at += 1;
      else if (letter === quote) quote = "";
    } else if (letter === "`" || letter === "'" || letter === '"') quote = letter;
    else if (OPEN.includes(letter)) depth += 1;
    else if (CLOSE.includes(letter)) depth -= 1;
    else if (letter === sign && depth === 0 && found.length + 1 < most) {
      found.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...found, text.slice(start)].map((part) => part.trim()).filter(Boolean);
}

/**
 * What stands between a type's own angle brackets, and what follows them; null where it has none.
 *
 * @param {string} type
 * @param {string} word
 */
function inside(type, word) {
  const text = type.trim();
  if (text.slice(0, word.length + 1).toLowerCase() !== `${word}<`) return null;
  const end = text.lastIndexOf(">");
  return end < 0 ? null : text.slice(word.length + 1, end);
}

/** @param {string} name */
const bare = (name) => (/^`.*`$/s.test(name) ? name.slice(1, -1).replaceAll("``", "`") : name);

/**
 * A field of a struct: `name: type NOT NULL COMMENT '…'`.
 *
 * @param {string} text
 * @returns {Field}
 */
function field(text) {
  const [name, rest = ""] = parts(text, ":", 2);
  const words = /^(.*?)((?:\s+not\s+null)?(?:\s+comment\s+'.*')?)$/is.exec(rest);
  return { name: bare(name), type: (words?.[1] ?? rest).trim(), note: (words?.[2] ?? "").trim() };
}

/**
 * The fields of a type: of a struct, also of one in arrays and maps; what an array or map holds, where that is none.
 * None for a plain type.
 *
 * @param {string} type
 * @returns {Field[]}
 */
export function fields(type) {
  const struct = inside(type, "struct");
  if (struct !== null) return parts(struct, ",").map(field);
  const items = inside(type, "array");
  if (items !== null) return fields(items);
  const map = inside(type, "map");
  if (map === null) return [];
  const [key, value = ""] = parts(map, ",", 2);
  return [
    { name: "key", type: key, note: "" },
    { name: "value", type: value, note: "" },
  ];
}

/**
 * A type in a few words: `array<struct of 12 fields>`.
 *
 * @param {string} type
 * @returns {string}
 */
export function brief(type) {
  const struct = inside(type, "struct");
  if (struct !== null) {
    const many = parts(struct, ",").length;
    return `struct of ${many.toLocaleString("en")} ${many === 1 ? "field" : "fields"}`;
  }
  const items = inside(type, "array");
  if (items !== null) return `array<${brief(items)}>`;
  const map = inside(type, "map");
  if (map === null) return type;
  const [key, value = ""] = parts(map, ",", 2);
  return `map<${brief(key)}, ${brief(value)}>`;
}
