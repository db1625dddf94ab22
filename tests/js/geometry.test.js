import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { around, fitting } from "../../assets/src/jobs/geometry.js";

describe("the scale at which a graph fits", () => {
  test("by its wider side, and never larger than it is", () => {
    assert.equal(fitting(2000, 100, 1004, 1000), 0.5);
    assert.equal(fitting(100, 2000, 1000, 504), 0.25);
    assert.equal(fitting(100, 100, 1000, 1000), 1);
  });
  test("where there is nothing to fit, or nothing to fit it into, it stays", () => {
    assert.equal(fitting(0, 0, 100, 100), 1);
    assert.equal(fitting(10, 10, 0, 100), 1);
  });
});

describe("a line around corners", () => {
  test("rounds each of them, and ends where it has to", () => {
    const d = around([
      [0, 0],
      [20, 0],
      [20, 40],
      [0, 40],
    ]);
    assert.equal(d, "M0,0L14,0Q20,0 20,6L20,34Q20,40 14,40L0,40");
  });
  test("a way shorter than its corners, and points on each other, are drawn as well", () => {
    assert.doesNotMatch(
      around([
        [0, 0],
        [4, 0],
        [4, 0],
        [4, 2],
      ]),
      /NaN/,
    );
  });
});
