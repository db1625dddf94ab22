import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { matching } from "../../assets/src/warehouse/options.js";
import {
  chosen,
  defined,
  given,
  isBare,
  merged,
  moved,
  ordered,
  parameter,
  parted,
} from "../../assets/src/warehouse/parameter-definitions.js";
import { carried, caveat, guess } from "../../assets/src/warehouse/parameter-types.js";

const draft = (/** @type {any} */ more) => ({ sql: "SELECT :a, :b, :c", params: {}, definitions: [], ...more });
const NAMES = ["a", "b", "c"];

describe("a parameter", () => {
  test("is what it was set to, over what was defined, over a guess", () => {
    const defined = { name: "a", type: "number", value: "3", title: "Count", min: "1" };
    assert.equal(parameter(draft({}), "a").type, "text");
    assert.deepEqual(parameter(draft({ definitions: [defined] }), "a"), defined);
    const params = { a: { type: "text", value: "x" } };
    assert.deepEqual(parameter(draft({ definitions: [defined], params }), "a"), { ...defined, ...params.a });
  });
  test("a range begins with the last days, a boolean with true", () => {
    assert.equal(parameter(draft({ params: { a: { type: "range", value: "" } } }), "a").value, "LAST_7_DAYS");
    assert.equal(parameter(draft({ sql: "SELECT :is_a" }), "is_a").value, "true");
  });
  test("is told where it stands", () => {
    const sql = "SELECT * FROM t VERSION AS OF :v WHERE x BETWEEN :d.min AND :d.max AND y = :dd LIMIT :k";
    const guessed = ["v", "d", "dd", "k"].map((name) => guess(name, sql));
    assert.deepEqual(guessed, ["number", "range", "text", "number"]);
    assert.equal(guess("ts", "SELECT * FROM t TIMESTAMP AS OF :ts"), "timestamp");
    assert.match(caveat("v", sql), /Runtime 18/);
    assert.equal(caveat("d", sql), "");
  });
  test("keeps its value where another type takes it", () => {
    assert.equal(carried("02134", "number", "list"), "02134");
    assert.equal(carried("2026-01-01", "date", "text"), "");
    assert.equal(carried("x", "text", "range"), "LAST_7_DAYS");
  });
});

describe("the order of parameters", () => {
  test("is the author's, then the text's", () => {
    assert.deepEqual(ordered(draft({ definitions: [{ name: "c" }, { name: "gone" }] }), NAMES), ["c", "a", "b"]);
  });
  test("one that is defined keeps its place", () => {
    const found = defined(draft({}), "b", { title: "B" }, NAMES);
    assert.deepEqual(found, [{ name: "a" }, { name: "b", title: "B" }, { name: "c" }]);
  });
  test("one moves, and no further than the ends", () => {
    const order = (/** @type {number} */ step) => moved(draft({}), "b", step, NAMES).map(({ name }) => name);
    assert.deepEqual(
      [order(-1), order(1), order(1000)],
      [
        ["b", "a", "c"],
        ["a", "c", "b"],
        ["a", "c", "b"],
      ],
    );
  });
});

describe("what is kept and what travels", () => {
  test("a draft's parameters are parted and merged again", () => {
    const kept = [
      { name: "b", type: "choice", value: '["x"]', options: ["x", "y"], multi: true },
      { name: "a", type: "number", value: "3", min: "1" },
    ];
    const { definitions, params } = parted(kept);
    assert.deepEqual(params, { b: { type: "choice", value: '["x"]' }, a: { type: "number", value: "3" } });
    assert.deepEqual(merged(draft({ definitions, params }), ["a", "b"]), kept);
  });
  test("a statement is sent what is bound, and no list of choices", () => {
    const choice = { name: "a", type: "choice", value: '["x"]', options: ["x", "y"], multi: true, title: "A" };
    assert.deepEqual(given(choice), { type: "choice", value: '["x"]', multi: true });
    assert.deepEqual(given({ name: "a", type: "number", value: "3", min: "1", rerun: true }), {
      type: "number",
      value: "3",
      min: "1",
    });
  });
  test("a definition without anything is bare", () => {
    assert.ok(isBare({ name: "a", title: "", options: [], query: null, multi: false }));
    assert.ok(!isBare({ name: "a", rerun: true }));
  });
  test("chosen values are a JSON list of texts, or one", () => {
    const of = (/** @type {string} */ value, multi = true) => chosen({ name: "a", type: "choice", value, multi });
    assert.deepEqual([of('["x", "y"]'), of("x"), of(""), of("x", false)], [["x", "y"], ["x"], [], ["x"]]);
  });
});

describe("a drop-down of 10,000 values", () => {
  const options = Array.from({ length: 10000 }, (_, number) => `value ${number}`);
  test("is searched in a moment", () => {
    const begun = process.cpuUsage(); // of this process alone: others may be busy
    const found = matching({ options, more: true }, "VALUE 99");
    assert.ok(process.cpuUsage(begun).user < 100_000);
    assert.deepEqual([found.total, found.choices[0], found.more], [111, "value 99", true]);
  });
  test("shows some at a time", () => assert.equal(matching({ options, more: false }, "").choices.length, 200));
});
