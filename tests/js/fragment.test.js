import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EMPTY } from "../../assets/src/warehouse/draft.js";
import { fromFragment, LONGEST, toFragment } from "../../assets/src/warehouse/fragment.js";

describe("a draft as a link", () => {
  test("and back again", () => {
    const params = { d: { type: "date", value: "2026-11-27" }, odd: { type: "text", value: "a:b & c=#d" } };
    const draft = { ...EMPTY, sql: "SELECT :d,\n:odd -- ü", where: "main.sales", limit: "50", params };
    const hash = toFragment(draft, "w1", { chart: "bar.0.1..sum." });
    const found = fromFragment(hash ?? "");
    const { view, ...others } = found?.draft ?? {};
    assert.deepEqual(others, { sql: draft.sql, params, definitions: [], where: "main.sales", limit: "50" });
    assert.equal(found?.warehouse, "w1");
    assert.deepEqual(
      view?.charts?.map(({ kind, x, y, aggregate }) => [kind, x, y, aggregate]),
      [["bar", 0, 1, "sum"]],
    );
  });
  test("with its parameters: titles, choices, bounds and their order", () => {
    const definitions = [
      { name: "b", title: "Second", options: ["x", "it's, y"], multi: true },
      { name: "a", min: "1", max: "9", rerun: true },
    ];
    const params = { b: { type: "choice", value: '["x"]' }, a: { type: "number", value: "3" } };
    const hash = toFragment({ ...EMPTY, sql: "SELECT :a, :b", params, definitions }, null, {});
    assert.deepEqual(fromFragment(hash ?? "")?.draft.definitions, definitions);
    assert.deepEqual(fromFragment(hash ?? "")?.draft.params, params);
  });
  test("what an address says of parameters is read with tolerance", () => {
    const read = (/** @type {any} */ one) =>
      fromFragment(`#sql=SELECT+:a&parameters=${encodeURIComponent(one)}`)?.draft.definitions;
    for (const odd of ["{", "3", "null", '{"name": "a"}', '[3, null, {"title": "x"}]']) assert.deepEqual(read(odd), []);
    assert.deepEqual(read('[{"name": "a", "title": 3, "options": [1, "x"], "multi": "yes", "min": 5}]'), [
      { name: "a", options: ["x"] },
    ]);
  });
  test("without SQL there is none", () => assert.equal(toFragment({ ...EMPTY, sql: " \n" }, "w1", {}), ""));
  test("what is usual is left out", () => {
    assert.equal(toFragment({ ...EMPTY, sql: "SELECT 1" }, null, {}), "#sql=SELECT+1");
  });
  test("a parameter that the text does not name is not given away", () => {
    const params = { secret: { type: "text", value: "x" } };
    assert.equal(toFragment({ ...EMPTY, sql: "SELECT 1", params }, null, {}), "#sql=SELECT+1");
  });
  test("too long a text is no link", () => {
    assert.equal(toFragment({ ...EMPTY, sql: "x".repeat(LONGEST + 1) }, null, {}), null);
  });
  test("nor is one that becomes too long as an address has it", () => {
    assert.equal(toFragment({ ...EMPTY, sql: "ü".repeat(LONGEST / 3) }, null, {}), null);
  });
});

describe("a link as a draft", () => {
  test("without SQL it is none", () => assert.equal(fromFragment("#schema=main"), null));
  test("nothing is none", () => assert.equal(fromFragment(""), null));
  test("what is missing is as usual", () => {
    assert.deepEqual(fromFragment("#sql=SELECT+1"), {
      draft: { sql: "SELECT 1", params: {}, definitions: [], where: "", limit: "1000", view: null },
      warehouse: null,
    });
  });
  test("a view that is none is as if it were not there", () => {
    for (const view of ["", "{", "null", "5", "[]", '"x"', '{"sort":5}', '{"charts":[null],"names":1}'])
      assert.equal(fromFragment(`#sql=SELECT+1&view=${encodeURIComponent(view)}`)?.draft.view, null, view);
    const view = { sort: [{ column: 0, descending: true }], filter: [] };
    const hash = `#sql=SELECT+1&view=${encodeURIComponent(JSON.stringify(view))}`;
    assert.deepEqual(fromFragment(hash)?.draft.view, view);
  });
  test("an empty text is one that clears", () => assert.equal(fromFragment("#sql=")?.draft.sql, ""));
});
