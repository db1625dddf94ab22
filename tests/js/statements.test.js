import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { sealed } from "../../assets/src/sealed.js";
import * as statements from "../../assets/src/warehouse/statements.js";
import { status, titleOf } from "../../assets/src/warehouse/status.js";
import { browser } from "./browser.js";

/** @typedef {statements.State} State */

const NOW = 1_000_000;
const IDLE = { asking: 0, stopping: new Set() };
/**
 * @param {string} state
 * @param {Partial<State>} more
 * @returns {State}
 */
const one = (state, more = {}) => ({ id: "s1", state, ...more });

beforeEach(() => {
  browser();
  sealed.forget([]);
  statements.page.states.clear();
});

describe("whether a statement goes on", () => {
  for (const word of ["PENDING", "RUNNING", "UNKNOWN", ""]) {
    test(`${word || "not looked up yet"} does`, () => assert.equal(statements.running(one(word)), true));
  }
  for (const word of ["SUCCEEDED", "FAILED", "CANCELED", "CLOSED", "REFUSED", "USED"]) {
    test(`${word} does not`, () => assert.equal(statements.running(one(word)), false));
  }
  test("none does not", () => assert.equal(statements.running(undefined), false));
  test("a service that is away ends nothing", () => {
    assert.equal(statements.running(one("UNKNOWN", { trouble: "unreachable", lasting: false })), true);
  });
  test("who has to sign in first is not asked for again", () => {
    assert.equal(statements.running(one("UNKNOWN", { trouble: "sign-in-connect", lasting: true })), false);
  });
});

describe("when it is looked at again", () => {
  test("soon at first", () => assert.equal(statements.waitAfter(0), 250));
  test("within a sixth of the time that it took", () => assert.equal(statements.waitAfter(6000), 1000));
  test("never later than that", () => assert.equal(statements.waitAfter(3_600_000), 3000));
});

describe("what is remembered", () => {
  test("is there after a reload, and grows", () => {
    statements.remember("s1", { started: 5, sql: "SELECT 1" });
    statements.remember("s1", { seconds: 2 });
    assert.deepEqual(statements.contextOf("s1"), { started: 5, sql: "SELECT 1", seconds: 2 });
    assert.deepEqual(statements.contextOf("s2"), {});
  });
  test("only the newest fifty", () => {
    const all = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`s${n}`, { started: n }]));
    const kept = Object.keys(statements.newest(all));
    assert.equal(kept.length, 50);
    assert.ok(kept.includes("s59") && !kept.includes("s9"));
  });
  test("texts only while there is room; what else is known stays", () => {
    const sql = "x".repeat(300_000);
    const kept = statements.newest({ new: { started: 2, sql }, old: { started: 1, sql, seconds: 3 } });
    assert.equal(kept.new.sql?.length, 300_000);
    assert.deepEqual(kept.old, { started: 1, seconds: 3 });
  });
  test("how to run it once more", () => {
    statements.remember("s1", { sql: "SELECT :a", params: { a: { type: "text", value: "x" } }, limit: 10 });
    const { sql, params, limit } = statements.rerun("s1") ?? {};
    assert.deepEqual([sql, params, limit], ["SELECT :a", { a: { type: "text", value: "x" } }, 10]);
  });
  test("without its text it does not run again", () => {
    statements.remember("s1", { started: 1 });
    assert.equal(statements.rerun("s1"), null);
  });
  test("what the page knows wins", () => {
    statements.remember("s1", { sql: "SELECT 1" });
    statements.page.states.set("s1", one("SUCCEEDED", { sql: "SELECT 2" }));
    assert.equal(statements.rerun("s1")?.sql, "SELECT 2");
  });
});

describe("the line beside Run", () => {
  /**
   * @param {State | undefined} state
   * @param {Partial<typeof IDLE>} page
   */
  const said = (state, page = {}) => Object.values(status(state, { ...IDLE, ...page }, NOW)).join("|");
  test("nothing has run", () => assert.equal(said(undefined), "Ready|||idle"));
  test("just asked for", () => assert.equal(said(undefined, { asking: NOW - 1500 }), "Submitting|1.5 s||busy"));
  test("running, with its clock", () => {
    assert.equal(said(one("RUNNING", { started: NOW - 61_000 })), "Running|1 min 1 s||busy");
  });
  test("waiting for its warehouse", () => {
    assert.equal(said(one("PENDING", { warehouseState: "STARTING" })), "Warehouse starting|||busy");
  });
  test("being cancelled", () => {
    assert.equal(said(one("RUNNING"), { stopping: new Set(["s1"]) }), "Canceling|||busy");
  });
  test("succeeded, with what it took and brought", () => {
    assert.equal(said(one("SUCCEEDED", { seconds: 0.25, rows: 1 })), "Succeeded|250 ms|1 row|good");
  });
  test("no rows are none", () => assert.equal(said(one("SUCCEEDED", { rows: 0 })), "Succeeded||0 rows|good"));
  test("cut, it says so", () => {
    const rows = { rows: 1000, truncated: true };
    assert.equal(said(one("SUCCEEDED", rows)), "Succeeded||first 1,000 rows; there are more|good");
  });
  test("failed", () => assert.equal(said(one("FAILED", { seconds: null })), "Failed|||bad"));
  test("not run", () => assert.equal(said(one("REFUSED")), "Not run|||bad"));
  test("expired", () => assert.equal(said(one("CLOSED")), "Expired|||idle"));
  test("of the address, not looked up yet", () => assert.equal(said(one("")), "Looking it up|||busy"));
  test("a word of Databricks' that we do not know", () => assert.equal(said(one("QUEUED")), "QUEUED|||busy"));
});

describe("what a tab is called", () => {
  test("by its text", () => assert.equal(titleOf(one("RUNNING", { sql: "SELECT\n1" }), "r"), "SELECT 1"));
  test("by what Databricks knows of it", () => assert.equal(titleOf(one("", { title: "SELECT 2" }), "r"), "SELECT 2"));
  test("by its state", () => assert.equal(titleOf(one("REFUSED"), "r"), "REFUSED"));
  test("by its place", () => assert.equal(titleOf(undefined, "none-1"), "none-1"));
  test("not too long", () => assert.equal(titleOf(one("", { sql: "a".repeat(50) }), "r").length, 32));
});
