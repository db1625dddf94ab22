import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withoutFormula } from "../../assets/src/results/formulas.js";

// The server is held to the very same (tests/unit/test_text_that_leaves.py).
for (const [text, safe] of JSON.parse(readFileSync(new URL("formulas.json", import.meta.url), "utf8"))) {
  test(`copied: ${JSON.stringify(text)}`, () => assert.equal(withoutFormula(text), safe));
}
