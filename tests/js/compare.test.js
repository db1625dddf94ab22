import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { browser } from "./browser.js";

browser();
const { doubled, told } = await import("../../assets/src/results/compare.js");

const NOTHING = { columns: [], counts: {}, rows: [], repeated: [0, 0], example: [], notes: [] };
const of = (/** @type {any} */ more) => ({ ...NOTHING, ...more });

describe("two results beside each other", () => {
  test("are told in a sentence", () => {
    const rows = [{ key: ["1"], before: null, after: ["x"] }];
    const counts = { added: 1, removed: 0, changed: 0, same: 1234 };
    assert.equal(told(of({ counts, rows }), ["id"]), "Rows by id: 1 added, 0 removed, 0 changed, 1,234 the same.");
    const many = told(of({ counts: { ...counts, added: 600 }, rows }), ["id"]);
    assert.match(many, /The first 1 differences are listed\.$/);
  });
  test("a key that names several rows is told as none", () => {
    const said = told(of({ repeated: [2, 0], example: ["1", null] }), ["a", "b"]);
    assert.match(said, /^a, b is no key: 2 values in the earlier result stand for several rows \(such as 1, NULL\)/);
  });
  test("a column has two cells where some row has two values", () => {
    const rows = [
      { key: ["1"], before: ["a", null, "x"], after: ["a", "b", "x"] },
      { key: ["2"], before: null, after: ["q", "q", "q"] },
    ];
    assert.deepEqual(doubled(of({ columns: ["p", "q", "r"], rows })), [false, true, false]);
  });
});
