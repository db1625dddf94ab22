import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { markers, names, quote, statementAt, tables, tokens } from "../../assets/src/warehouse/sqltext.js";

describe("parameters", () => {
  // The server is held to the very same (tests/unit/test_sqltext.py).
  for (const [sql, found] of JSON.parse(readFileSync(new URL("markers.json", import.meta.url), "utf8"))) {
    test(sql, () => assert.deepEqual(markers(sql), found));
  }
  test("the answer is the asker's own", () => {
    markers("select :a").push("b");
    assert.deepEqual(markers("select :a"), ["a"]);
  });
});

describe("tokens", () => {
  test("together they are the text", () => {
    const sql = "select `a``b`.c, 'it''s', r'\\', 1.5e-3 -- why\n/* a /* b */ c */ from t;👋";
    assert.equal([...tokens(sql)].map((token) => token.text).join(""), sql);
  });
  test("half of a surrogate pair ends nothing", () => {
    assert.deepEqual(markers("select '\ud800', :a"), ["a"]);
  });
  test("a comment in a comment ends with the outer one", () => {
    const kinds = [...tokens("/* a /* b */ c */x")].map((token) => token.kind);
    assert.deepEqual(kinds, ["block", "word"]);
  });
  test("what is never closed goes to the end", () => {
    assert.deepEqual(
      [...tokens("'abc")].map(({ kind, end }) => [kind, end]),
      [["string", 4]],
    );
  });
  test("a megabyte takes less than two seconds", () => {
    const started = process.cpuUsage().user;
    assert.equal(markers(`select :a, '${"x".repeat(1_000_000)}'`).length, 1);
    assert.ok(process.cpuUsage().user - started < 2e6);
  });
});

/** @type {[string, {path: string[], alias: string}[]][]} */
const TABLES = [
  ["select * from orders", [{ path: ["orders"], alias: "" }]],
  ["select * from main.sales.orders o where o.", [{ path: ["main", "sales", "orders"], alias: "o" }]],
  ["select * from orders as `the o`", [{ path: ["orders"], alias: "the o" }]],
  [
    "select * from a join b on a.x = b.x",
    [
      { path: ["a"], alias: "" },
      { path: ["b"], alias: "" },
    ],
  ],
  ["select * from `a b`.`c``d` -- from e", [{ path: ["a b", "c`d"], alias: "" }]],
  ["insert into t values (1)", [{ path: ["t"], alias: "" }]],
  ["select 'from x'", []],
  ["select * from (select 1)", []],
];
describe("tables", () => {
  for (const [sql, expected] of TABLES) test(sql, () => assert.deepEqual(tables(sql), expected));
});

describe("names", () => {
  test("a path is taken apart", () => assert.deepEqual(names("main.`my schema`.t"), ["main", "my schema", "t"]));
  test("nothing has none", () => assert.deepEqual(names(""), []));
  test("a plain one is written as it is", () => assert.equal(quote("order_1"), "order_1"));
  for (const name of ["my table", "1st", "a-b", "naïve", "a`b", ""]) {
    test(`${JSON.stringify(name)} is quoted and read again`, () => {
      assert.match(quote(name), /^`.*`$/s);
      if (name) assert.deepEqual(names(quote(name)), [name]);
    });
  }
});

test("the statement that a place is in ends at its semicolons, not at those of texts and comments", () => {
  const text = "SELECT ';' FROM a o;\nSELECT o. FROM b o -- ;\n;SELECT 3 FROM c o";
  assert.equal(statementAt(text, text.indexOf("o. FROM") + 2).trim(), "SELECT o. FROM b o -- ;");
  assert.deepEqual(
    tables(statementAt(text, text.indexOf("o. FROM") + 2)).map(({ path }) => path),
    [["b"]],
  );
  assert.equal(statementAt(text, 0), "SELECT ';' FROM a o");
  assert.equal(statementAt(text, text.length), "SELECT 3 FROM c o");
});
