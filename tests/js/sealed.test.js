// A module instance is a page: each `page()` loads the module anew over the same storage.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

let count = 0;
const kept = new Map();
// What the browser has and node has not.
globalThis.document = new EventTarget();
globalThis.localStorage = new Proxy(
  {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => kept.set(name, String(text)),
    removeItem: (name) => kept.delete(name),
  },
  { ownKeys: () => [...kept.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) },
);

const key = (letter) => [letter.repeat(16), btoa(letter.repeat(32))];
async function page(...letters) {
  const { sealed } = await import(`../../assets/src/sealed.js?${++count}`);
  await sealed.open(letters.map(key));
  return sealed;
}
const written = () => new Promise((resolve) => document.addEventListener("portal:kept", resolve, { once: true }));
async function write(sealed, name, value) {
  const done = written();
  sealed.write(name, value);
  return (await done).detail.whole;
}
const everything = () => JSON.stringify([...kept]);
beforeEach(() => kept.clear());

test("what is kept is had back, and cannot be read", async () => {
  assert.ok(await write(await page("a"), "draft:1", { sql: "SELECT 'München'" }));
  assert.ok(!/SELECT|München|draft.*sql/.test(everything()));
  assert.deepEqual((await page("a")).read("draft:1"), { sql: "SELECT 'München'" });
});

test("another viewer of the same browser has nothing of it, and takes nothing away", async () => {
  await write(await page("a"), "draft:1", { sql: "mine" });
  const other = await page("b");
  assert.equal(other.read("draft:1"), null);
  await write(other, "draft:1", { sql: "theirs" });
  assert.deepEqual((await page("a")).read("draft:1"), { sql: "mine" });
});

test("any key that was handed before opens it, and then the new ones do", async () => {
  await write(await page("a", "b"), "draft:1", { sql: "kept" });
  await page("c", "b"); // the session is another one
  await page("c", "d"); // and then the credential
  assert.deepEqual((await page("d")).read("draft:1"), { sql: "kept" });
  assert.equal((await page("x")).read("draft:1"), null);
});

test("a text put in the place of another, or changed, is not taken", async () => {
  const first = await page("a");
  await write(first, "draft:1", { sql: "one" });
  await write(first, "draft:2", { sql: "two" });
  const [one, two] = [...kept.keys()].filter((name) => name.includes("draft:"));
  kept.set(one, kept.get(two));
  kept.set(two, `${kept.get(two).slice(0, -1)}\u0000`);
  const next = await page("a");
  assert.equal(next.read("draft:1"), null);
  assert.equal(next.read("draft:2"), null);
});

test("what was written before it was open is kept, and what was there stays", async () => {
  await write(await page("a"), "statements", { first: { started: 1 } });
  const { sealed } = await import(`../../assets/src/sealed.js?${++count}`);
  sealed.write("statements", { second: { started: 2 } });
  const done = written();
  await sealed.open([key("a")]);
  await done;
  assert.deepEqual((await page("a")).read("statements"), { first: { started: 1 }, second: { started: 2 } });
});

test("removed is removed", async () => {
  const first = await page("a");
  await write(first, "draft:1", { sql: "one" });
  const done = written();
  first.remove("draft:1");
  await done;
  assert.equal((await page("a")).read("draft:1"), null);
  assert.ok(!everything().includes("draft:1"));
});

test("the end takes the viewer's own, from any page, and only that", async () => {
  await write(await page("a"), "draft:1", { sql: "mine" });
  await write(await page("b"), "draft:1", { sql: "theirs" });
  kept.set("portal-theme", "dark");
  const { sealed } = await import(`../../assets/src/sealed.js?${++count}`);
  sealed.forget([key("a")[0]]);
  assert.equal((await page("a")).read("draft:1"), null);
  assert.deepEqual((await page("b")).read("draft:1"), { sql: "theirs" });
  assert.equal(kept.get("portal-theme"), "dark");
});

test("what no key opens any more is cleared away in the end", async () => {
  await write(await page("a"), "draft:1", { sql: "mine" });
  for (let number = 0; number < 30; number += 1) await page(String.fromCharCode(98 + (number % 20)), `${number % 10}`);
  assert.ok([...kept.keys()].filter((name) => name.startsWith("portal-sealed:")).length <= 1);
  assert.ok(JSON.parse(kept.get("portal-keys")).length <= 24);
});

test("a full storage is said", async () => {
  const sealed = await page("a");
  kept.set = () => {
    throw new Error("full");
  };
  assert.equal(await write(sealed, "draft:1", { sql: "one" }), false);
  delete kept.set;
});

test("a record that is watched is not written over one of another tab that has not been seen", async () => {
  const [one, other] = [await page("a"), await page("a")];
  const heard = [];
  other.watch("draft:", (name, value, refused) => heard.push([name, value, refused]));
  await write(one, "draft:1", { sql: "one" });
  await write(other, "draft:1", { sql: "other" });
  assert.deepEqual(heard, [["draft:1", { sql: "one" }, true]]);
  assert.deepEqual((await page("a")).read("draft:1"), { sql: "one" });
  // It has been seen now.
  await write(other, "draft:1", { sql: "both" });
  assert.deepEqual((await page("a")).read("draft:1"), { sql: "both" });
});

test("what is not watched is the last one's", async () => {
  const [one, other] = [await page("a"), await page("a")];
  await write(one, "statements", { a: 1 });
  await write(other, "statements", { b: 1 });
  assert.deepEqual((await page("a")).read("statements"), { b: 1 });
});
