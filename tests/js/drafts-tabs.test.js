// Two tabs over the same storage: each `Drafts` is one, and what one writes is told to the other as the browser does.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { sealed } from "../../assets/src/sealed.js";
import { Drafts } from "../../assets/src/warehouse/drafts.js";
import { browser } from "./browser.js";

/** @type {string[]} */
let said = [];
beforeEach(() => {
  const { document } = browser();
  sealed.forget([]);
  for (const drafts of made.splice(0)) drafts.save.cancel();
  said = [];
  document.addEventListener("portal:draft-note", (event) => said.push(/** @type {CustomEvent} */ (event).detail.text));
});

/** @type {Drafts[]} */
const made = [];

/** @returns {[Drafts, Drafts, string]} two tabs that show the same draft, and its id */
function two() {
  const one = new Drafts();
  one.load();
  one.change({ sql: "SELECT 1" });
  one.flush();
  const other = new Drafts();
  other.load();
  assert.equal(other.active, one.active);
  made.push(one, other);
  return [one, other, one.active];
}
/**
 * @param {Drafts} from
 * @param {Drafts} to
 * @param {string} id
 */
function heard(from, to, id) {
  from.flush();
  to.other(id, structuredClone(from.get(id) ?? null), false);
}

describe("a draft in two tabs", () => {
  test("what one writes, the other has", () => {
    const [one, other, id] = two();
    one.change({ sql: "SELECT 2" });
    heard(one, other, id);
    assert.equal(other.current.sql, "SELECT 2");
    assert.deepEqual(said, []);
  });
  test("a new one is in the other's list, beside what it shows", () => {
    const [one, other, id] = two();
    const next = one.add({ sql: "new" });
    heard(one, other, next);
    assert.deepEqual([other.ids, other.active], [[id, next], id]);
  });
  test("leaving a tab writes nothing that it has not changed", () => {
    const [one, other, id] = two();
    const version = other.get(id)?.version;
    other.flush();
    assert.equal(other.get(id)?.version, version);
    one.change({ sql: "SELECT 2" });
    one.flush();
    other.flush();
    assert.equal(sealed.read(`draft:${id}`).sql, "SELECT 2");
  });
  test("what both have changed is kept twice, and said; each goes on with its own", () => {
    const [one, other, id] = two();
    one.change({ sql: "of one" });
    other.change({ sql: "of the other" });
    heard(one, other, id);
    assert.equal(other.get(id)?.sql, "of one");
    assert.equal(other.current.sql, "of the other");
    assert.deepEqual(
      other.ids.map((each) => other.get(each)?.sql),
      ["of one", "of the other"],
    );
    assert.match(said[0], /^“of the other” was changed in another tab too\. Both are kept/);
  });
  test("the same change in both is no conflict", () => {
    const [one, other, id] = two();
    one.change({ sql: "SELECT 2" });
    other.change({ sql: "SELECT 2" });
    heard(one, other, id);
    assert.equal(other.ids.length, 1);
    assert.deepEqual(said, []);
  });
  test("written in the same moment, exactly one of them makes the copy", () => {
    const [one, other, id] = two();
    one.change({ sql: "of one" });
    other.change({ sql: "of the other" });
    const before = /** @type {const} */ (["a", "b"]);
    [one.tab, other.tab] = before;
    one.flush();
    other.flush();
    const [first, second] = [structuredClone(one.get(id)), structuredClone(other.get(id))];
    one.other(id, second, false);
    other.other(id, first, false);
    assert.deepEqual([one.ids.length, other.ids.length], [2, 1]);
    heard(other, one, id);
    assert.deepEqual([one.get(id)?.sql, one.current.sql], ["of the other", "of one"]);
  });
  test("what was refused is kept beside what stands there", () => {
    const [, other, id] = two();
    other.change({ sql: "mine" });
    other.flush();
    other.other(id, { ...other.get(id), sql: "theirs", by: "x" }, true);
    assert.deepEqual([other.get(id)?.sql, other.current.sql], ["theirs", "mine"]);
  });
  test("closed in one, it goes from the other, which says so where it showed it", () => {
    const [one, other, id] = two();
    one.add({ sql: "next" });
    one.remove(id);
    other.other(id, null, false);
    assert.equal(other.get(id), undefined);
    assert.deepEqual(said, ["“SELECT 1” was closed in another tab."]);
  });
  test("closed in one, it stays in the other where that has changed it", () => {
    const [, other, id] = two();
    other.change({ sql: "going on" });
    other.other(id, null, false);
    assert.equal(other.get(id)?.sql, "going on");
    assert.equal(sealed.read(`draft:${id}`).sql, "going on");
  });
});
