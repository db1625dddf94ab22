// A value as an address has it: `\N` is NULL, `\E` an empty text.

/**
 * @param {string | null} value
 * @returns {string}
 */
export function member(value) {
  if (value === null) return "\\N";
  if (value === "") return "\\E";
  return value.startsWith("\\") ? `\\${value}` : value;
}

/**
 * @param {string} text
 * @returns {string | null}
 */
export function plain(text) {
  if (text === "\\N") return null;
  if (text === "\\E") return "";
  return text.startsWith("\\") ? text.slice(1) : text;
}
