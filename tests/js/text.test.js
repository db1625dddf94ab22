import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as text from "../../assets/src/text.js";

/**
 * @param {string} name
 * @param {(given: any) => unknown} act
 * @param {[unknown, unknown][]} cases
 */
function each(name, act, cases) {
  describe(name, () => {
    for (const [given, expected] of cases) {
      test(`${JSON.stringify(given)} is ${JSON.stringify(expected)}`, () => assert.deepEqual(act(given), expected));
    }
  });
}

each("size", text.size, [
  [0, "0 kB"],
  [999_499, "999 kB"],
  [1_000_000, "1.0 MB"],
  [33_554_432, "33.6 MB"],
  [2_500_000_000, "2.50 GB"],
]);

each("seconds so far", (value) => text.seconds(value), [
  [0, "0.0 s"],
  [9.94, "9.9 s"],
  [59.9, "59 s"],
  [60, "1 min 0 s"],
  [3725, "62 min 5 s"],
]);

each("seconds once it has ended", (value) => text.seconds(value, true), [
  [0.0001, "1 ms"],
  [0.25, "250 ms"],
  [1.26, "1.3 s"],
]);

each("length", text.length, [
  [0, "0.0 s"],
  [1500, "1.5 s"],
  [12_400, "12 s"],
  [60_000, "1 min"],
  [61_000, "1 min 1 s"],
  [3_600_000, "1 h"],
  [5_400_000, "1 h 30 min"],
  [93_600_000, "1 d 2 h"],
]);

describe("counted", () => {
  test("one", () => assert.equal(text.counted(1, "row"), "1 row"));
  test("many, with separators", () => assert.equal(text.counted(12_345, "row"), "12,345 rows"));
  test("none", () => assert.equal(text.counted(0, "match", "matches"), "0 matches"));
});

describe("excerpt", () => {
  test("lines become one", () => assert.equal(text.excerpt("SELECT\n  1\t\n", 32), "SELECT 1"));
  test("as long as it may be", () => assert.equal(text.excerpt("abcd", 4), "abcd"));
  test("longer, it says so", () => assert.equal(text.excerpt("abcdef", 4), "abc…"));
  test("a megabyte is not read", () => assert.equal(text.excerpt("ab ".repeat(400_000), 5), "ab a…"));
});

describe("shortened", () => {
  test("what fits stays whole", () => assert.equal(text.shortened("orders", 6), "orders"));
  test("the middle goes, both ends stay", () =>
    assert.equal(text.shortened("silver_orders_2026_eu", 10), "silver_…_eu"));
});

// The separators are the machine's language's: only that no digit is lost can be said of every one.
describe("grouped", () => {
  const digits = (/** @type {string} */ value) => text.grouped(value).replace(/[^\d-]/g, "");
  test("beyond what a double can hold", () => assert.equal(digits("-12345678901234567890"), "-12345678901234567890"));
  test("all of a fraction", () => assert.equal(digits("1234.000000000000000001"), "1234000000000000000001"));
  test("nothing but numbers is touched", () => assert.equal(text.grouped("1e5"), "1e5"));
});

/** @type {[string, string, number][]} */
const ORDER = [
  ["2", "10", -1],
  ["-2", "-10", 1],
  ["-1", "1", -1],
  ["9007199254740993", "9007199254740992", 1],
  ["0.1", "0.10", 0],
  ["0.09", "0.1", -1],
  ["-0.09", "-0.1", 1],
  ["1e3", "999", 1],
  ["NaN", "1", 0],
];
describe("compareNumbers", () => {
  for (const [a, b, expected] of ORDER) {
    test(`${a} and ${b}`, () => assert.equal(Math.sign(text.compareNumbers(a, b)), expected));
    test(`${b} and ${a}`, () => assert.equal(Math.sign(text.compareNumbers(b, a)) + 0, -expected + 0));
  }
});

each("field of a tab-separated text", text.field, [
  [null, ""],
  [12, "12"],
  ["plain", "plain"],
  ["a\tb", '"a\tb"'],
  ['say "yes"', '"say ""yes"""'],
  ["two\nlines", '"two\nlines"'],
]);

describe("a number as it is typed", () => {
  /** @type {[string, string, string][]} */
  const cases = [
    ["1.234.567,89", ",.", "1234567.89"],
    ["1,234.5", ".,", "1234.5"],
    ["1 234,5", ", ", "1234.5"],
    ["12,34,567", ".,", "1234567"],
    ["1.234", ",.", "1234"],
    ["1.23", ",.", "1.23"],
    ["-0.5", ".,", "-0.5"],
    ["1e5", ".,", "1e5"],
    ["a lot", ".,", "a lot"],
  ];
  for (const [given, separators, wanted] of cases) {
    test(`${given} with ${separators}`, () => assert.equal(text.ungrouped(given, separators), wanted));
  }
});
