import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { sealed } from "../../assets/src/sealed.js";
import { queryOf } from "../../assets/src/warehouse/draft.js";
import { Drafts } from "../../assets/src/warehouse/drafts.js";
import { browser } from "./browser.js";

// How they are sealed is another story (sealed.test.js).
beforeEach(() => {
  browser();
  sealed.forget([]);
});
/** @type {Drafts[]} */
const made = [];
// What one test changed last must not be kept while another runs.
afterEach(() => {
  for (const drafts of made.splice(0)) drafts.save.cancel();
});
/** Drafts, as after a load of the page. */
function loaded() {
  const drafts = new Drafts();
  made.push(drafts);
  drafts.load();
  return drafts;
}

describe("drafts", () => {
  test("there is always one", () => {
    const drafts = loaded();
    assert.equal(drafts.ids.length, 1);
    assert.equal(drafts.current.sql, "");
    assert.equal(drafts.title(drafts.active), "New");
  });
  test("what is opened takes a blank one, and none that is a saved query whose text was deleted", () => {
    const drafts = loaded();
    assert.equal(drafts.blank, drafts.active);
    drafts.change({ sql: " \n", saved: { id: "q", name: "Mine", updated: "", base: queryOf(drafts.current) } });
    assert.equal(drafts.blank, undefined);
    const other = drafts.add({});
    assert.equal(drafts.blank, other);
    drafts.change({ sql: "SELECT 1" });
    assert.equal(drafts.blank, undefined);
  });
  test("what was written is there after a reload", () => {
    const before = loaded();
    before.change({ sql: "SELECT 1", where: "main.sales" });
    before.flush();
    const after = loaded();
    assert.equal(after.active, before.active);
    assert.deepEqual([after.current.sql, after.current.where], ["SELECT 1", "main.sales"]);
  });
  test("a change is kept after a rest, by itself", async () => {
    const before = loaded();
    before.change({ sql: "SELECT 1" });
    assert.equal(loaded().current.sql, "");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(loaded().current.sql, "SELECT 1");
  });
  test("loading again changes nothing", () => {
    const drafts = loaded();
    drafts.change({ sql: "not kept yet" });
    drafts.load();
    assert.equal(drafts.current.sql, "not kept yet");
  });
  test("a new one is the one that shows, and the old one is kept first", () => {
    const drafts = loaded();
    const first = drafts.active;
    drafts.change({ sql: "SELECT 1" });
    const second = drafts.add({ where: "main" });
    assert.equal(drafts.active, second);
    const after = loaded();
    assert.equal(after.get(first)?.sql, "SELECT 1");
    assert.deepEqual(after.ids, [first, second]);
  });
  test("closed, the neighbour shows, and nothing of it stays", () => {
    const drafts = loaded();
    const [first] = drafts.ids;
    const second = drafts.add({ sql: "SELECT 2" });
    drafts.remove(second);
    assert.equal(drafts.active, first);
    assert.equal(sealed.read(`draft:${second}`), null);
  });
  test("closing the last leaves an empty one", () => {
    const drafts = loaded();
    const only = drafts.active;
    drafts.remove(only);
    assert.equal(drafts.ids.length, 1);
    assert.notEqual(drafts.active, only);
  });
  test("one that is not there is neither chosen nor closed", () => {
    const drafts = loaded();
    const before = drafts.active;
    drafts.select("nobody");
    drafts.remove("nobody");
    assert.deepEqual([drafts.active, drafts.ids], [before, [before]]);
  });
  test("those of an older version stay in their order, also what its list had lost", () => {
    sealed.write("drafts", { order: ["b", "a"], active: "a" });
    for (const id of ["a", "b", "c"]) sealed.write(`draft:${id}`, { sql: id });
    const drafts = loaded();
    assert.deepEqual(drafts.ids, ["b", "a", "c"]);
    assert.equal(drafts.active, "a");
  });
  test("had back, it is the same one in the same place", () => {
    const drafts = loaded();
    const [first] = drafts.ids;
    const second = drafts.add({ sql: "2" });
    const closed = { ...drafts.get(first), sql: "1" };
    drafts.remove(first);
    drafts.add(closed, first);
    assert.deepEqual(drafts.ids, [first, second]);
  });
  test("a list that is none is no list", () => {
    sealed.write("drafts", { order: "abc" });
    assert.equal(loaded().ids.length, 1);
  });
  test("what is no draft is left out", () => {
    sealed.write("drafts", { order: ["a", "b", "c"], active: "b" });
    sealed.write("draft:a", { sql: "SELECT 1" });
    sealed.write("draft:c", { sql: 3 });
    const drafts = loaded();
    assert.deepEqual(drafts.ids, ["a"]);
    assert.equal(drafts.active, "a");
    assert.equal(drafts.current.limit, "1000");
  });
  test("it is called by its name, else by its text", () => {
    const drafts = loaded();
    drafts.change({ sql: "\n SELECT\n  a_rather_long_column FROM t" });
    assert.equal(drafts.title(drafts.active), "SELECT a_rather_long_col");
    drafts.change({ name: "Orders" });
    assert.equal(drafts.title(drafts.active), "Orders");
  });
});

describe("what version 0.1.0 kept readable", () => {
  const PLAIN = "portal-drafts:abc";
  const kept = () => new Promise((resolve) => document.addEventListener("portal:kept", resolve, { once: true }));
  beforeEach(() => {
    localStorage.setItem(PLAIN, JSON.stringify({ order: ["one"], active: "one" }));
    localStorage.setItem(`${PLAIN}:one`, JSON.stringify({ sql: "SELECT 1", name: "mine" }));
    localStorage.setItem(`${PLAIN}:two`, "{");
    localStorage.setItem("portal-drafts:other:one", JSON.stringify({ sql: "SELECT 'theirs'" }));
    localStorage.setItem("portal-statements", "{}");
  });
  test("becomes sealed, and goes", async () => {
    await sealed.open([["n".repeat(16), btoa("k".repeat(32))]]);
    const drafts = new Drafts();
    const done = kept();
    drafts.load(PLAIN);
    assert.deepEqual([drafts.current.sql, drafts.current.name], ["SELECT 1", "mine"]);
    await done;
    assert.deepEqual(
      Object.keys(localStorage).filter((name) => name.startsWith(PLAIN)),
      [],
    );
    assert.equal(localStorage.getItem("portal-statements"), null);
    assert.equal(loaded().current.sql, "SELECT 1");
  });
  test("of another viewer is neither read nor removed", async () => {
    await sealed.open([["n".repeat(16), btoa("k".repeat(32))]]);
    const drafts = new Drafts();
    drafts.load("portal-drafts:nobody");
    assert.equal(drafts.current.sql, "");
    assert.ok(localStorage.getItem("portal-drafts:other:one"));
  });
});
