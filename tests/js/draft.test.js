import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { draftOf, EMPTY, isEdited, isSame, queryOf } from "../../assets/src/warehouse/draft.js";

describe("a draft out of what was kept", () => {
  test("what an older version kept has all of it", () => {
    const draft = draftOf({
      sql: "SELECT 1",
      where: "main",
      params: {},
      limit: "all",
      saved: { id: "1", name: "One" },
    });
    assert.deepEqual([draft?.definitions, draft?.view, draft?.warehouse], [[], null, null]);
    assert.equal(draft && isEdited(draft), false);
    assert.equal(draft?.saved?.updated, "");
  });
  test("what is none is none", () => {
    assert.equal(draftOf(null), null);
    assert.equal(draftOf({ sql: 3 }), null);
  });
  test("members of the wrong kind are left", () => {
    const draft = draftOf({ sql: "", params: [1], definitions: {}, statements: "x", view: 3 });
    assert.deepEqual([draft?.params, draft?.definitions, draft?.statements, draft?.view], [{}, [], [], null]);
  });
  test("no two share what they hold", () => {
    const one = draftOf({ sql: "" });
    one?.statements.push("a");
    assert.deepEqual(EMPTY.statements, []);
  });
});

describe("edited", () => {
  const base = queryOf({ ...EMPTY, sql: "SELECT :a", params: { a: { type: "text", value: "x" } } });
  const saved = { id: "1", name: "One", updated: "", base };
  test("the same in another order, and with members that say nothing, is the same", () => {
    const other = { ...base, params: { a: { value: "x", type: "text" } }, view: null };
    assert.ok(isSame(base, other));
    assert.equal(isEdited({ ...EMPTY, ...other, name: "", statements: ["s"], saved }), false);
    assert.ok(isEdited({ ...EMPTY, ...other, name: "another", saved }));
  });
  test("another value of a parameter is an edit, and its text too", () => {
    assert.ok(isEdited({ ...EMPTY, ...base, params: { a: { type: "text", value: "y" } }, saved }));
    assert.ok(isEdited({ ...EMPTY, ...base, sql: "SELECT 1", saved }));
  });
  test("what is not saved has not been edited", () => {
    assert.equal(isEdited({ ...EMPTY, sql: "SELECT 1" }), false);
  });
});
