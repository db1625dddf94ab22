import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { keyOf, Model, modelOf, sqlOf } from "../../assets/src/catalog/tree-model.js";

const CATALOGS = /** @type {import("../../assets/src/catalog/tree-model.js").Item[]} */ ([
  ["main", "catalog"],
  ["shared", "catalog", "by others", true],
]);

/** A portal that answers what a test says, at the very place where the browser would ask one. */
let answers = /** @type {any[]} */ ([]);
let asked = /** @type {{path: string, body: any}[]} */ ([]);
const real = globalThis.fetch;
beforeEach(() => {
  answers = [];
  asked = [];
  Object.assign(globalThis, { document: { getElementById: () => null } });
  globalThis.fetch = async (address, options) => {
    asked.push({ path: String(address), body: JSON.parse(String(options?.body)) });
    const { status = 200, ...body } = answers.shift() ?? {};
    return new Response(JSON.stringify(body), { status });
  };
});
afterEach(() => {
  globalThis.fetch = real;
  Reflect.deleteProperty(globalThis, "document");
});

function model() {
  const made = new Model();
  made.roots = made.take(made.nodes, [], CATALOGS);
  return made;
}
/** @param {Model} of */
const shown = (of, depth = 3) => of.rows(depth).map(({ node, level, says }) => `${level} ${says ?? node.name}`);
/**
 * @param {Model} of
 * @param {...string} path
 */
function node(of, ...path) {
  const found = of.nodes.get(keyOf(path));
  assert.ok(found);
  return found;
}

describe("rows", () => {
  test("closed, only the top", () => assert.deepEqual(shown(model()), ["1 main", "1 shared"]));
  test("open and not read, it says so", () => {
    const tree = model();
    node(tree, "main").open = true;
    assert.deepEqual(shown(tree), ["1 main", "2 loading", "1 shared"]);
  });
  test("positions and sizes are those of its siblings", () => {
    const [first, second] = model().rows(3);
    assert.deepEqual([first.pos, first.size, second.pos, second.size], [1, 2, 2, 2]);
  });
  test("nothing opens below the depth", () => {
    const tree = model();
    node(tree, "main").open = true;
    assert.deepEqual(shown(tree, 1), ["1 main", "1 shared"]);
  });
});

describe("reading", () => {
  test("what is below is asked for once, and shown", async () => {
    const tree = model();
    const main = node(tree, "main");
    answers = [{ items: [["sales", "schema"]], following: null }];
    assert.equal(tree.open(main, true), true);
    const reading = [tree.load(main), tree.load(main)];
    assert.deepEqual(shown(tree), ["1 main", "2 loading", "1 shared"]);
    await Promise.all(reading);
    assert.deepEqual(asked, [{ path: "/catalog/tree", body: { path: ["main"], following: null } }]);
    assert.deepEqual(shown(tree), ["1 main", "2 sales", "1 shared"]);
    assert.equal(tree.open(main, true), false, "fresh, it is not asked for again");
  });
  test("the next page comes behind, and nothing twice", async () => {
    const tree = model();
    const main = node(tree, "main");
    main.open = true;
    answers = [
      { items: [["a", "schema"]], following: "p2" },
      {
        items: [
          ["a", "schema"],
          ["b", "schema"],
        ],
        following: null,
      },
    ];
    await tree.load(main);
    assert.deepEqual(shown(tree), ["1 main", "2 a", "2 more", "1 shared"]);
    await tree.load(main);
    assert.equal(asked[1].body.following, "p2");
    assert.deepEqual(shown(tree), ["1 main", "2 a", "2 b", "1 shared"]);
  });
  test("nothing below", async () => {
    const tree = model();
    node(tree, "main").open = true;
    answers = [{ items: [], following: null }];
    await tree.load(node(tree, "main"));
    assert.deepEqual(shown(tree), ["1 main", "2 empty", "1 shared"]);
  });
  test("a refusal is said in its own words, and asked for again", async () => {
    const tree = model();
    const main = node(tree, "main");
    answers = [{ status: 503, error: "unreachable", message: "Databricks did not answer." }];
    tree.open(main, true);
    await tree.load(main);
    assert.deepEqual(shown(tree), ["1 main", "2 error", "1 shared"]);
    assert.equal(main.error, "Databricks did not answer.");
    assert.equal(tree.open(main, true), true);
  });
  test("who has to sign in is shown so by the page", async () => {
    const tree = model();
    let rechecked = 0;
    tree.tree = { draw() {}, recheck: () => (rechecked += 1) };
    answers = [{ status: 401, error: "sign-in-databricks", message: "Sign in." }];
    await tree.load(node(tree, "main"));
    assert.equal(rechecked, 1);
  });
});

describe("searching", () => {
  const { signal } = new AbortController();
  test("what matches becomes a tree, open where a match is below", async () => {
    const tree = model();
    answers = [
      {
        paths: [
          ["table", "main", "sales", "orders"],
          ["schema", "main", "orders"],
        ],
        note: null,
      },
    ];
    assert.equal(await tree.search("orders", signal), "2 matches");
    assert.deepEqual(shown(tree), ["1 main", "2 sales", "3 orders", "2 orders"]);
  });
  test("one match, and a note", async () => {
    answers = [{ paths: [["table", "main", "sales", "orders"]], note: "Two catalogs did not answer" }];
    assert.equal(await model().search("orders", signal), "1 match. Two catalogs did not answer");
  });
  test("nothing matches", async () => {
    answers = [{ paths: [], note: null }];
    assert.equal(await model().search("zzz", signal), "Nothing matches");
  });
  test("what may only be browsed is found among what was read", async () => {
    const tree = model();
    answers = [{ paths: [], note: null }];
    assert.equal(await tree.search("Shar", signal), "1 match");
    assert.deepEqual(shown(tree), ["1 shared"]);
  });
  test("broken off, there is nothing to say", async () => {
    const stop = new AbortController();
    globalThis.fetch = async () => {
      throw new DOMException("stopped", "AbortError");
    };
    assert.equal(await model().search("orders", stop.signal), null);
  });
  test("without an answer it says so", async () => {
    globalThis.fetch = async () => {
      throw new TypeError("no network");
    };
    assert.equal(await model().search("orders", signal), "The portal cannot be reached.");
  });
});

test("a path in SQL", () => assert.equal(sqlOf(["main", "my schema", "t"]), "main.`my schema`.t"));
test("a tree is the same while pages change", () => {
  assert.equal(modelOf("one"), modelOf("one"));
  assert.notEqual(modelOf("one"), modelOf("two"));
});
