// What was edited in a grid, row by row (assets/src/parts/edited.js).
import assert from "node:assert/strict";
import { test } from "node:test";
import { collected } from "../../assets/src/parts/edited.js";

const empty = { rows: [], key: "id", version: "version" };
const edit = (/** @type {any} */ oldValue, /** @type {any} */ value, id = 1) => ({
  colId: "target",
  oldValue,
  value,
  data: { id, version: 3, target: value },
});

test("a row keeps the value that was there first and the one that is there now", () => {
  const found = collected(collected(empty, [edit(1, 2)]), [edit(2, 5), edit(7, 8, 2)]);
  assert.deepEqual(found.rows, [
    { key: 1, version: 3, was: { target: 1 }, now: { target: 5 } },
    { key: 2, version: 3, was: { target: 7 }, now: { target: 8 } },
  ]);
  assert.deepEqual(empty.rows, []);
});

test("what is changed back is no change", () => {
  assert.deepEqual(collected(collected(empty, [edit(1, 2)]), [edit(2, 1)]).rows, []);
});

test("nothing is a value as well", () => {
  assert.deepEqual(collected(empty, [edit(undefined, "")]).rows[0]?.was, { target: null });
});
