import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brief, fields, parts } from "../../assets/src/catalog/type-tree.js";

describe("a type as a tree of fields", () => {
  test("fields of a struct, with what stands in brackets and quotes left whole", () => {
    const type = "struct<a:int,`b,c`:decimal(10,2),d:struct<e:array<string>,f:map<string,int>> COMMENT 'x, <y>: z'>";
    assert.deepEqual(fields(type), [
      { name: "a", type: "int", note: "" },
      { name: "b,c", type: "decimal(10,2)", note: "" },
      { name: "d", type: "struct<e:array<string>,f:map<string,int>>", note: "COMMENT 'x, <y>: z'" },
    ]);
  });
  test("an array's fields are those of its items, a map has a key and a value", () => {
    assert.deepEqual(
      fields("array<struct<a:int NOT NULL>>").map(({ name, note }) => [name, note]),
      [["a", "NOT NULL"]],
    );
    assert.deepEqual(
      fields("map<string,array<struct<a:int>>>").map(({ type }) => type),
      ["string", "array<struct<a:int>>"],
    );
    assert.deepEqual(fields("decimal(10,2)"), []);
  });
  test("in a few words", () => {
    assert.equal(brief("array<map<string,struct<a:int,b:int>>>"), "array<map<string, struct of 2 fields>>");
    assert.equal(brief("struct<a:int>"), "struct of 1 field");
    assert.equal(brief("bigint"), "bigint");
  });
  test("whatever is not a type stays a text", () => {
    for (const text of ["struct<", "struct<>", "map<a", "", "array<", "struct<a", "<>", "struct<:>"]) {
      assert.ok(Array.isArray(fields(text)));
      assert.equal(typeof brief(text), "string");
    }
    assert.deepEqual(parts("a,b,,c", ","), ["a", "b", "c"]);
  });
  test("as deep and long as it may be", () => {
    const deep = `${"struct<a:".repeat(400)}int${">".repeat(400)}`;
    let type = deep;
    for (let level = 0; level < 400; level += 1) type = fields(type)[0].type;
    assert.equal(type, "int");
    assert.equal(fields(`struct<${Array.from({ length: 3000 }, (_, n) => `f${n}:int`).join(",")}>`).length, 3000);
  });
});
