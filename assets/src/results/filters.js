// How columns of each kind may be filtered, in words.

import { ungrouped } from "../text.js";

/** @typedef {import("./result.js").Column} Column */
/** @typedef {[key: string, words: string]} Operator */

/** @type {Operator[]} */
const NUMBER = [
  ["eq", "="],
  ["ne", "≠"],
  ["lt", "<"],
  ["le", "≤"],
  ["gt", ">"],
  ["ge", "≥"],
  ["between", "between"],
];
/** @type {Record<string, Operator[]>} */
const OPERATORS = {
  text: [
    ["contains", "contains"],
    ["lacks", "does not contain"],
    ["eq", "is"],
    ["ne", "is not"],
    ["starts", "starts with"],
    ["ends", "ends with"],
  ],
  number: NUMBER,
  date: NUMBER,
  time: NUMBER,
  boolean: [["eq", "is"]],
  other: [],
};
/** @type {Operator[]} */
const ANY = [
  ["null", "is NULL"],
  ["present", "is not NULL"],
];

/** @param {string} operator */
export const isWordless = (operator) => ANY.some(([key]) => key === operator);

/** @param {Column} column */
export const operatorsOf = ({ kind }) => [...(OPERATORS[kind] ?? []), ...ANY];

/**
 * A filter as a phrase: "amount between 1 and 5".
 *
 * @param {Column} column
 * @param {import("./result.js").Filter} filter
 */
export function phrase(column, { operator, value, other }) {
  const words = operatorsOf(column).find(([key]) => key === operator)?.[1] ?? operator;
  const values = isWordless(operator) ? "" : operator === "between" ? ` ${value} and ${other}` : ` ${value}`;
  return `${column.name} ${words}${values}`;
}

/**
 * A field's value as the server reads it: a time has a space in it, not the T of the browser's field, and a number no
 * separators, which the viewer may have typed as the grid writes them.
 *
 * @param {Column} column
 * @param {string} text
 */
export const asSent = ({ kind }, text) =>
  kind === "time" ? text.replace("T", " ") : kind === "number" ? ungrouped(text) : text;
