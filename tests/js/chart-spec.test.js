import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chartOf } from "../../assets/src/results/chart-document.js";
import * as specs from "../../assets/src/results/chart-spec.js";
import { choices } from "../../assets/src/results/result.js";

const COLUMNS = [
  { name: "order_id", kind: "number" },
  { name: "country", kind: "text" },
  { name: "amount", kind: "number" },
  { name: "day", kind: "date" },
];
/** @type {specs.Spec} */
const BAR = { kind: "bar", x: 1, y: 2, series: null, aggregate: "sum", unit: null };

describe("a chart that says something at once", () => {
  test("over time, where there is one", () => {
    assert.deepEqual(specs.first(COLUMNS), { ...BAR, kind: "line", x: 3, unit: "month" });
  });
  test("else by text", () => assert.deepEqual(specs.first(COLUMNS.slice(0, 3)), BAR));
  test("a key is no measure: rows are counted", () => {
    const { y, aggregate } = specs.first(COLUMNS.slice(0, 2));
    assert.deepEqual([y, aggregate], [null, "count"]);
  });
  test("with nothing but a number", () => {
    assert.deepEqual(specs.first([COLUMNS[2]]), { ...BAR, x: 0, y: null, aggregate: "count" });
  });
});

describe("in a link", () => {
  for (const spec of [BAR, { ...BAR, y: null, unit: "month" }, { ...BAR, x: 0, series: 0 }]) {
    test(specs.toLink([spec]), () => assert.deepEqual(specs.fromLink(specs.toLink([spec])), [spec]));
  }
  test("two charts, or one with a title, are kept whole", () => {
    for (const charts of [[BAR, { ...BAR, kind: "pie" }], [{ ...BAR, title: "Sales, by country", lying: true }]]) {
      assert.deepEqual(specs.fromLink(specs.toLink(charts)), charts);
    }
  });
  test("a link of nonsense is a chart of a column that is not there, or none", () => {
    assert.ok(Number.isNaN(specs.fromLink("bar.x")[0].x));
    assert.equal(specs.fromLink("bar")[0].aggregate, "count");
    assert.deepEqual(specs.fromLink("[{"), []);
    assert.deepEqual(specs.fromLink("[1, null]"), []);
  });
});

describe("choices that a kind does not have", () => {
  const absent = (/** @type {Partial<specs.Spec>} */ spec) => specs.absent({ ...BAR, ...spec }, COLUMNS);
  const there = (/** @type {Partial<specs.Spec>} */ spec) =>
    Object.entries(absent(spec)).flatMap(([name, hidden]) => (hidden ? [] : [name]));
  test("text has no unit of time", () => assert.equal(absent({}).unit, true));
  test("a day has, and an order of its own", () => {
    const { unit, order } = absent({ x: 3 });
    assert.deepEqual([unit, order], [false, true]);
  });
  test("a count has no column", () => assert.equal(absent({ aggregate: "count" }).y, true));
  test("bars without series have nothing to stack", () => {
    assert.deepEqual([absent({}).stack, absent({ series: 1 }).stack], [true, false]);
  });
  test("a histogram counts one column", () => assert.deepEqual(there({ kind: "histogram" }), ["x"]));
  test("a scatter shows values as they are", () => {
    assert.deepEqual(there({ kind: "scatter", x: 3 }), ["x", "y", "series", "line", "size"]);
  });
  test("a number may be the newest month's", () => assert.equal(absent({ kind: "number", period: 3 }).unit, false));
});

describe("what a kind cannot do without is chosen", () => {
  const completed = (/** @type {Partial<specs.Spec>} */ spec, /** @type {string} */ changed) =>
    specs.completed({ ...BAR, ...spec }, changed, COLUMNS);
  test("a sum needs a number", () => assert.equal(completed({ y: null }, "aggregate").y, 0));
  test("a histogram goes over a number that is no key", () => {
    assert.equal(completed({ kind: "histogram" }, "kind").x, 2);
  });
  test("boxes stand by text", () => assert.equal(completed({ kind: "box", x: 2 }, "kind").x, 1));
  test("a heat map has a second side", () => assert.equal(completed({ kind: "heat" }, "kind").series, 0));
  test("what was chosen stays", () => assert.deepEqual(completed({ series: 3 }, "series"), { ...BAR, series: 3 }));
});

describe("as the portal reads it", () => {
  const of = (/** @type {Partial<specs.Spec>} */ spec) =>
    JSON.parse(JSON.stringify(chartOf({ ...BAR, ...spec }, COLUMNS)));
  test("columns by their names", () => {
    const { kind, x, y, color } = of({ x: 3, unit: "month", series: 1 });
    assert.deepEqual([kind, x, color], ["bar", { column: "day", unit: "month" }, { column: "country" }]);
    assert.deepEqual(y, [{ column: "amount", aggregate: "sum" }]);
  });
  test("rows are counted without a column", () => {
    assert.deepEqual(of({ aggregate: "count" }).y, [{ column: "", aggregate: "count" }]);
  });
  test("two columns of one name have two names", () => {
    const twins = [COLUMNS[1], COLUMNS[1], { name: "", kind: "number" }];
    assert.deepEqual(
      choices(twins).map(([, name]) => name),
      ["country", "country (2)", "(column 3)"],
    );
  });
  test("two axes, an order, a line and a title", () => {
    const combo = of({ kind: "combo", aggregate2: "avg", y2: 0, order: "value-", line: "5", title: "T" });
    assert.deepEqual(combo.y[1], { column: "order_id", aggregate: "avg", right: true });
    assert.deepEqual(combo.sort, { by: "value", descending: true });
    assert.deepEqual([combo.annotations[0].value, combo.title], ["5", "T"]);
  });
  test("a pivot's levels have totals", () => {
    const { rows, columns } = of({ kind: "pivot", inner: 3, series: 2 });
    assert.deepEqual(
      rows.map((/** @type {any} */ one) => [one.column, one.total]),
      [
        ["country", true],
        ["day", true],
      ],
    );
    assert.equal(columns[0].column, "amount");
  });
  test("a number has a target", () => {
    assert.equal(of({ kind: "number", target: "100", period: 3, unit: "month" }).target.value, "100");
  });
});
