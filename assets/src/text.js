// Numbers, sizes and times as text. The portal's language is English; the viewer's own separators are for their values.

/** @param {number} number */
export const count = (number) => number.toLocaleString("en");

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/**
 * How long something took so far; `exact` where it has ended.
 *
 * @param {number} value seconds
 */
export function seconds(value, exact = false) {
  if (exact && value < 1) return `${Math.max(1, Math.round(value * 1000))} ms`;
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 60) return `${Math.floor(value)} s`;
  return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
}

/** @type {[number, string, number, string][]} */
const LENGTHS = [
  [86400, "d", 3600, "h"],
  [3600, "h", 60, "min"],
  [60, "min", 1, "s"],
];

/**
 * A length of time in its two largest units.
 *
 * @param {number} milliseconds
 */
export function length(milliseconds) {
  const whole = Math.round(milliseconds / 1000);
  for (const [unit, name, part, partName] of LENGTHS) {
    if (whole >= unit) {
      const low = Math.floor((whole % unit) / part);
      return `${Math.floor(whole / unit)} ${name}${low ? ` ${low} ${partName}` : ""}`;
    }
  }
  return `${milliseconds < 10000 ? (milliseconds / 1000).toFixed(1) : whole} s`;
}

/**
 * The beginning of a text on one line, of so many characters at most.
 *
 * @param {string} text
 * @param {number} most
 */
export function excerpt(text, most) {
  const words = text
    .slice(0, most * 10)
    .replace(/\s+/g, " ")
    .trim();
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
}

/**
 * A text without its middle: names often differ at their ends.
 *
 * @param {string} text
 * @param {number} kept characters
 */
export function shortened(text, kept) {
  if (kept >= text.length) return text;
  return `${text.slice(0, Math.ceil(kept * 0.65))}…${text.slice(text.length - Math.floor(kept * 0.35))}`;
}

// A number's text with the separators of the viewer's language, digit by digit: no value passes through a double.
const whole = new Intl.NumberFormat(undefined, { numberingSystem: "latn" });
const point = whole.formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";

/** The viewer's separators of decimals and of groups, in this order: ".," where the language has none for groups. */
export const separators =
  point + (whole.formatToParts(123456).find((part) => part.type === "group")?.value ?? " ").replace(/\s/u, " ");

/** @param {string} text */
export function grouped(text) {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!found) return text;
  const [, sign, digits, fraction] = found;
  return sign + whole.format(BigInt(digits)) + (fraction === undefined ? "" : point + fraction);
}

/**
 * A number as someone types it who reads it with separators: `1.234.567,89` is 1234567.89 where the grid writes it so.
 * What is no such number stays as it is.
 *
 * @param {string} text
 * @param {string} [written] separators of decimals and of groups
 */
export function ungrouped(text, written = separators) {
  const [decimal, group] = written;
  const gap = group === " " ? "\\s" : `\\${group}`;
  const digits = `(\\d{1,3}(?:${gap}\\d{2,3})*${gap}\\d{3}|\\d+)`;
  const number = new RegExp(`^\\s*([-+]?)${digits}(?:\\${decimal}(\\d+))?\\s*$`).exec(
    text.replaceAll("−", "-").replace(/[\u00a0\u202f]/g, " "),
  );
  if (!number) return text;
  const [, sign, whole, fraction] = number;
  return sign + whole.replace(/\D/g, "") + (fraction === undefined ? "" : `.${fraction}`);
}

/** @param {string} text */
function parts(text) {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  return match && { negative: match[1] === "-", whole: BigInt(match[2]), fraction: match[3] || "" };
}

/**
 * The order of two numbers in text, exact where a double cannot hold them.
 *
 * @param {string} a
 * @param {string} b
 */
export function compareNumbers(a, b) {
  const x = parts(a);
  const y = parts(b);
  if (!x || !y) return Number(a) - Number(b) || 0;
  if (x.negative !== y.negative) return x.negative ? -1 : 1;
  const sign = x.negative ? -1 : 1;
  if (x.whole !== y.whole) return x.whole < y.whole ? -sign : sign;
  const width = Math.max(x.fraction.length, y.fraction.length);
  const left = x.fraction.padEnd(width, "0");
  const right = y.fraction.padEnd(width, "0");
  return left === right ? 0 : left < right ? -sign : sign;
}

/**
 * A value for a cell of a tab-separated text.
 *
 * @param {unknown} value
 */
export function field(value) {
  const text = value === null || value === undefined ? "" : String(value);
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
