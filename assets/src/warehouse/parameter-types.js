// Types of the parameters of a statement (portal/databricks/definitions.py), and what their values may be.

/** @type {[type: string, words: string][]} */
export const TYPES = [
  ["text", "Text"],
  ["number", "Number"],
  ["date", "Date"],
  ["timestamp", "Time stamp"],
  ["range", "Day range"],
  ["times", "Time range"],
  ["choice", "Choice"],
  ["boolean", "Boolean"],
  ["list", "List of texts"],
  ["numbers", "List of numbers"],
  ["null", "NULL"],
];

/** Days that move (portal/databricks/spans.py). @type {[name: string, words: string][]} */
export const DAYS = [
  ["NOW", "Today"],
  ["YESTERDAY", "Yesterday"],
];
/** Ranges that move. @type {[name: string, words: string][]} */
export const SPANS = [
  ["TODAY", "Today"],
  ["YESTERDAY", "Yesterday"],
  ["LAST_7_DAYS", "Last 7 days"],
  ["LAST_14_DAYS", "Last 14 days"],
  ["LAST_30_DAYS", "Last 30 days"],
  ["LAST_60_DAYS", "Last 60 days"],
  ["LAST_90_DAYS", "Last 90 days"],
  ["THIS_WEEK", "This week"],
  ["LAST_WEEK", "Last week"],
  ["THIS_MONTH", "This month"],
  ["LAST_MONTH", "Last month"],
  ["LAST_12_MONTHS", "Last 12 months"],
  ["THIS_YEAR", "This year"],
  ["LAST_YEAR", "Last year"],
  ["LAST_HOUR", "Last hour"],
  ["LAST_8_HOURS", "Last 8 hours"],
  ["LAST_24_HOURS", "Last 24 hours"],
];

/** @type {[RegExp, string][]} */
const GUESSES = [
  [/(_|^)(date|day)$/i, "date"],
  [/(_at|_time|timestamp|_ts)$/i, "timestamp"],
  [/^(n|num|count|limit|min|max|amount|year|month)$|_(id|count|amount)$|^id$/i, "number"],
  [/^(is|has)_/i, "boolean"],
  [/(ids|list)$/i, "list"],
];

/**
 * A first guess by where it stands and by the name, for the viewer to change.
 *
 * @param {string} name
 * @param {string} [sql]
 */
export function guess(name, sql = "") {
  /** @param {string} pattern */
  const stands = (pattern) => new RegExp(pattern.replace("%", `:${name}(?![\\p{L}\\p{N}_])`), "iu").test(sql);
  if (stands("%\\.(min|max)\\b")) return "range";
  if (stands("\\b(limit|offset|version\\s+as\\s+of)\\s+%")) return "number";
  if (stands("\\btimestamp\\s+as\\s+of\\s+%")) return "timestamp";
  return GUESSES.find(([pattern]) => pattern.test(name))?.[1] ?? "text";
}

/**
 * What is to be said of where a parameter stands; "" where nothing is.
 *
 * @param {string} name
 * @param {string} sql
 */
export const caveat = (name, sql) =>
  new RegExp(`\\bversion\\s+as\\s+of\\s+:${name}(?![\\p{L}\\p{N}_])`, "iu").test(sql)
    ? "Before Databricks Runtime 18, VERSION AS OF takes a number that is written, and no parameter."
    : "";

/** Types between which a value is carried over. */
const ALIKE = [["text", "number", "list", "numbers", "choice"], ["range"], ["times"]];

/**
 * A parameter's value as another type takes it.
 *
 * @param {string} value
 * @param {string} from
 * @param {string} to
 */
export function carried(value, from, to) {
  if (to === "range") return "LAST_7_DAYS";
  if (to === "times") return "LAST_24_HOURS";
  if (to === "boolean") return "true";
  return ALIKE.some((types) => types.includes(from) && types.includes(to)) ? value : "";
}
