import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as values from "../../assets/src/parts/values.js";
import { ended, reason } from "../../assets/src/results/download.js";
import { asSent, isWordless, operatorsOf, phrase } from "../../assets/src/results/filters.js";
import { leaving, tabbed } from "../../assets/src/results/leaving.js";
import { bars, facts } from "../../assets/src/results/profile-facts.js";
import { choices, columnOf, keyed } from "../../assets/src/results/result.js";

describe("a value of a result", () => {
  /**
   * @param {any} value
   * @param {string} [cellClass]
   */
  const shown = (value, cellClass) => values.portalCell({ value, colDef: { cellClass } });
  test("NULL", () => assert.equal(shown(null), "NULL"));
  test("the text NULL is drawn the same, and told apart by its class", () => assert.equal(shown("NULL"), "NULL"));
  test("not there yet", () => assert.equal(shown(undefined), ""));
  test("nothing", () => assert.equal(shown(""), "empty"));
  test("blanks can be seen", () => assert.equal(shown(" \t\n"), "␣⇥⏎"));
  test("blanks around a text stay", () => assert.equal(shown(" a "), " a "));
  test("cut, it says so", () => assert.equal(shown(["abc"]), "abc…"));
  test("a number without separators where none are wanted", () => assert.equal(shown("1234567"), "1234567"));
  test("a number with them", () => assert.equal(shown("1234567", "cell-grouped").length, 9));
});

describe("a value of a page's grid", () => {
  test("NULL", () => assert.equal(values.portalValue({ value: null }), "NULL"));
  test("not there yet", () => assert.equal(values.portalValue({ value: undefined }), ""));
  test("false is no absence", () => assert.equal(values.portalValue({ value: false }), "false"));
  test("NULL comes first", () => assert.equal(values.portalCompare(null, "a"), -1));
  test("numbers as numbers", () => assert.ok(values.portalCompare(2, 10) < 0));
  test("long numbers in text, exactly", () => {
    assert.equal(values.portalCompare("9007199254740993", "9007199254740992"), 1);
  });
  test("a badge is its text", () => {
    const params = { data: { state: { text: "Failed" } }, colDef: { field: "state" } };
    assert.equal(values.portalBadgeText(params), "Failed");
    assert.equal(values.portalBadgeText({ ...params, data: undefined }), "");
    assert.ok(values.portalBadgeCompare(null, { text: "Failed" }) < 0);
  });
});

describe("filters", () => {
  const filter = { column: 0, operator: "between", value: "1", other: "5" };
  const amount = { name: "amount", kind: "number" };
  test("as a phrase", () => assert.equal(phrase(amount, filter), "amount between 1 and 5"));
  test("one value", () => assert.equal(phrase(amount, { ...filter, operator: "ge" }), "amount ≥ 1"));
  test("without a value", () => assert.equal(phrase(amount, { ...filter, operator: "null" }), "amount is NULL"));
  test("one that we do not know", () => assert.equal(phrase(amount, { ...filter, operator: "odd" }), "amount odd 1"));
  test("only NULL asks for no value", () => {
    assert.deepEqual(["null", "present", "eq"].map(isWordless), [true, true, false]);
  });
  test("every kind can be asked for NULL", () => {
    for (const kind of ["text", "number", "date", "time", "boolean", "other", "new"]) {
      assert.ok(
        operatorsOf({ name: "c", kind }).some(([key]) => key === "null"),
        kind,
      );
    }
  });
  test("a time as the server reads it", () => {
    assert.equal(asSent({ name: "at", kind: "time" }, "2026-11-27T10:00:00"), "2026-11-27 10:00:00");
    assert.equal(asSent({ name: "t", kind: "text" }, "T"), "T");
  });
});

describe("columns", () => {
  test("without a name are numbered", () => {
    assert.deepEqual(
      choices([
        { name: "a", kind: "text" },
        { name: "", kind: "text" },
      ]),
      [
        [0, "a"],
        [1, "(column 2)"],
      ],
    );
  });
  test("rows by the grid's names of them", () => assert.deepEqual(keyed([["1", null]]), [{ c0: "1", c1: null }]));
  test("and back", () => assert.equal(columnOf("c12"), 12));
});

describe("a download", () => {
  const found = { state: "ok", bytes: 2_000_000, rows: 1234, ran_again: false };
  test("runs", () => assert.equal(ended({ ...found, state: "running" }, "f.csv"), null));
  test("has come", () => assert.equal(ended(found, "f.csv"), "f.csv downloaded, 2.0 MB, 1,234 rows."));
  test("for which the statement ran again", () => {
    assert.match(String(ended({ ...found, ran_again: true }, "f.csv")), /ran again for it\.$/);
  });
  test("was canceled", () => assert.equal(ended({ ...found, state: "stopped" }, "f.csv"), "Download canceled."));
  test("is not whole", () => assert.throws(() => ended({ ...found, state: "failed" }, "f.csv"), /not whole/));
  test("refused, in the portal's words", () => assert.equal(reason('{"message": "Expired."}'), "Expired."));
  test("refused by something else", () => assert.equal(reason(`<html>${"x".repeat(300)}`).length, 200));
});

describe("a profile", () => {
  /** @type {import("../../assets/src/results/profile-facts.js").Profile} */
  const profile = {
    type: "DECIMAL(10,2)",
    rows: 200,
    nulls: 50,
    distinct: 7,
    approximate: true,
    min: "1",
    max: "9",
    lengths: null,
    quantiles: [
      [0.25, "2"],
      [0.5, null],
    ],
    histogram: [],
    top: [
      [null, 50],
      ["", 2],
      ["a", 1],
    ],
  };
  test("in words", () => {
    assert.deepEqual(facts(profile), [
      ["Type", "DECIMAL(10,2)"],
      ["Rows", "200"],
      ["NULL", "50 (25.0 %)"],
      ["Distinct", "about 7"],
      ["Least", "1"],
      ["Greatest", "9"],
      ["25 % below", "2"],
      ["Median", "–"],
    ]);
  });
  test("of nothing", () => {
    const none = facts({ ...profile, rows: 0, nulls: 0, min: null, quantiles: null, lengths: [0, 3] });
    assert.deepEqual(none.slice(2), [
      ["NULL", "0"],
      ["Distinct", "about 7"],
      ["Characters", "0 to 3"],
    ]);
  });
  test("the most frequent values", () => {
    const [first, second] = bars(profile);
    assert.deepEqual(first, { name: "NULL", count: "50", share: 1, title: "NULL: 50 (25.0 %)" });
    assert.equal(second.name, "(empty)");
  });
  test("a histogram in their place", () => {
    const histogram = [
      { from: "1", to: "1", count: 3 },
      { from: "1", to: "5", count: 6 },
    ];
    assert.deepEqual(
      bars({ ...profile, histogram }).map(({ name, share }) => [name, share]),
      [
        ["1", 0.5],
        ["1 – 5", 1],
      ],
    );
  });
});

describe("rows for a spreadsheet", () => {
  const columns = [
    { name: "=id", kind: "number" },
    { name: "note", kind: "text" },
  ];
  /** @type {import("../../assets/src/results/result.js").Value[][]} */
  const rows = [
    ["-1", null],
    [["2"], "a\tb"],
    ["3", "=1+1"],
  ];
  test("as they are", () => {
    const { text, cut, quoted } = tabbed({ columns, safe: false }, rows);
    assert.equal(text, '=id\tnote\n-1\t\n2\t"a\tb"\n3\t=1+1');
    assert.deepEqual([cut, quoted], [true, 0]);
  });
  test("without what it would run, and how much that was", () => {
    const { text, quoted } = tabbed({ columns, safe: true }, rows);
    assert.equal(text, "'=id\tnote\n-1\t\n2\t\"a\tb\"\n3\t'=1+1");
    assert.equal(quoted, 1);
  });
  test("a number's sign is none", () => assert.equal(leaving({ columns, safe: true }, 0, "-1"), "-1"));
});
