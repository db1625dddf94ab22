import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import * as http from "../../assets/src/http.js";
import { curve, roomy, timescale } from "../../assets/src/jobs/geometry.js";
import { cellAt, neighbour } from "../../assets/src/keys.js";
import { ask, asked, changed, go, isBrowsers } from "../../assets/src/navigate.js";
import { after, isDue, waiting } from "../../assets/src/parts/pace.js";
import { isDrawn, patched, readable } from "../../assets/src/patches.js";
import { carried, message } from "../../assets/src/shell/embedding.js";
import * as store from "../../assets/src/store.js";
import { debounce } from "../../assets/src/timing.js";
import { distinct, options, readings } from "../../assets/src/warehouse/completion.js";
import { guess, TYPES } from "../../assets/src/warehouse/parameter-types.js";
import { browser } from "./browser.js";

let page = browser();
const real = globalThis.fetch;
beforeEach(() => {
  page = browser("http://portal.test/jobs?q=etl&page=3#x");
});
afterEach(() => {
  globalThis.fetch = real;
});

describe("the address", () => {
  test("another question begins on its first page", () => {
    assert.equal(String(changed(asked(), { q: "daily" })), "q=daily");
  });
  test("another page keeps the question", () => assert.equal(String(changed(asked(), { page: "4" })), "q=etl&page=4"));
  test('"" takes a parameter away', () => assert.equal(String(changed(asked(), { q: "" })), ""));
  test("as a step that back undoes", () => {
    assert.equal(ask(new URLSearchParams({ q: "daily" }), { push: true, hash: "" }), true);
    assert.deepEqual([page.location.href, page.steps], ["http://portal.test/jobs?q=daily", ["push"]]);
  });
  test("in place of the one before, with its fragment", () => {
    ask(new URLSearchParams({ q: "daily" }));
    assert.deepEqual([page.location.href, page.steps], ["http://portal.test/jobs?q=daily#x", ["replace"]]);
  });
  test("the same one is no step", () => {
    assert.equal(ask(asked()), false);
    assert.deepEqual(page.steps, []);
  });
  test("who listens is told of it", () => {
    let told = 0;
    page.document.addEventListener("portal:address", () => (told += 1));
    ask(new URLSearchParams());
    assert.equal(told, 1);
  });
  test("another page, as Dash's own links go there", () => {
    const heard = /** @type {string[]} */ ([]);
    const window = { dispatchEvent: (/** @type {Event} */ event) => heard.push(event.type) };
    Object.assign(globalThis, { window });
    go("/jobs/1");
    Reflect.deleteProperty(globalThis, "window");
    assert.equal(page.location.pathname, "/jobs/1");
    assert.deepEqual(heard, ["_dashprivate_pushstate", "_dashprivate_historychange"]);
  });
  for (const held of ["ctrlKey", "metaKey", "shiftKey"]) {
    test(`a click with ${held} is the browser's`, () => {
      assert.equal(isBrowsers(/** @type {any} */ ({ button: 0, [held]: true })), true);
    });
  }
  test("a plain click is ours", () => assert.equal(isBrowsers(/** @type {any} */ ({ button: 0 })), false));
});

describe("embedded", () => {
  const first = new URLSearchParams("embed=true&theme=dark&other=1");
  const at = (/** @type {string} */ to) => new URL(to, "http://portal.test");
  test("what makes it so goes along", () => {
    assert.equal(carried(at("/jobs?q=a#b"), first).href, "http://portal.test/jobs?q=a&embed=true&theme=dark#b");
  });
  test("what the address says already stays", () => {
    assert.equal(carried(at("/?embed=true&theme=light"), first).search, "?embed=true&theme=light");
  });
  test("a page that was not embedded is not made so", () => {
    assert.equal(carried(at("/jobs"), new URLSearchParams()).href, "http://portal.test/jobs");
  });
  test("the host learns a height and an address of its own", () => {
    assert.deepEqual(message(at("/trips?zip=1&embed=true&theme=dark"), 812, "Trips"), {
      type: "portal",
      height: 812,
      path: "/trips?zip=1",
      title: "Trips",
    });
  });
});

describe("requests", () => {
  /** @param {() => Response | never} answer */
  const answering = (answer) => {
    const sent = /** @type {any[]} */ ([]);
    Object.assign(page.document, {
      getElementById: () => ({ textContent: '{"requests_pathname_prefix": "/content/1/"}' }),
    });
    globalThis.fetch = async (...given) => {
      sent.push(given);
      return answer();
    };
    return sent;
  };
  test("go below where the portal is mounted, as JSON", async () => {
    const sent = answering(() => Response.json({ ok: 1 }));
    assert.deepEqual(await http.post("results/1/rows", { start: 0 }), { ok: 1 });
    const [address, { method, body, credentials }] = sent[0];
    assert.deepEqual(
      [address, method, body, credentials],
      ["/content/1/results/1/rows", "POST", '{"start":0}', "same-origin"],
    );
  });
  test("refused, the state's own words and kind", async () => {
    const said = { error: "not-permitted", message: "Not yours.", request_id: "r1", line: 2, position: 5 };
    answering(() => Response.json(said, { status: 403 }));
    await assert.rejects(http.post("x", {}), (/** @type {http.Refusal} */ error) => {
      assert.deepEqual(
        [error.message, error.kind, error.status, error.request, error.line, error.position],
        ["Not yours.", "not-permitted", 403, "r1", 2, 5],
      );
      return true;
    });
  });
  test("refused by something else, its status", async () => {
    answering(() => new Response("<html>", { status: 502 }));
    await assert.rejects(http.post("x", {}), { message: "The portal answered 502.", kind: "failed" });
  });
  test("without an answer", async () => {
    answering(() => {
      throw new TypeError("no network");
    });
    await assert.rejects(http.post("x", {}), { kind: "offline", status: 0 });
  });
  test("broken off, what the browser raises", async () => {
    answering(() => {
      throw new DOMException("stopped", "AbortError");
    });
    await assert.rejects(http.post("x", {}), (error) => http.isAbort(error));
  });
  for (const [status, signIn, notTheirs] of [
    [401, true, true],
    [403, false, true],
    [404, false, true],
    [503, false, false],
  ]) {
    test(`${status}: who has to sign in, and whose it is not`, () => {
      const error = new http.Refusal("no", "kind", Number(status));
      assert.deepEqual([http.isSignIn(error), http.isNotTheirs(error)], [signIn, notTheirs]);
    });
  }
  test("an error of ours is no refusal", () => assert.equal(http.isNotTheirs(new Error("x")), false));
  test("what is no error has words too", () => assert.equal(http.wordsOf("odd"), "odd"));
});

describe("what is changed of Dash's own calls", () => {
  const drawn = { changedPropIds: [], inputs: [{ id: { part: "again", region: "a" }, property: "data", value: -1 }] };
  const body = JSON.stringify(drawn);
  test("the first call of what the layout has drawn", () => assert.equal(isDrawn(body), true));
  test("not one that something has triggered", () => {
    assert.equal(isDrawn(JSON.stringify({ ...drawn, changedPropIds: ["a.data"] })), false);
  });
  test("not one of a region that is not drawn", () => {
    const inputs = [{ ...drawn.inputs[0], value: 0 }];
    assert.equal(isDrawn(JSON.stringify({ ...drawn, inputs })), false);
  });
  test("not another -1", () => {
    assert.equal(isDrawn(JSON.stringify({ inputs: [{ id: "limit", property: "value", value: -1 }] })), false);
  });
  test("it is not sent", async () => {
    const send = mock.fn(async () => new Response("{}"));
    const answer = await patched(send)("/_dash-update-component", { body });
    assert.deepEqual([answer.status, send.mock.callCount()], [204, 0]);
  });
  test("other requests pass untouched", async () => {
    const refused = Response.json({}, { status: 403 });
    assert.equal(await patched(async () => refused)("/results/1/rows", { body }), refused);
  });
  test("a refusal in JSON is one that Dash reads", async () => {
    const answer = readable(Response.json({ sideUpdate: 1 }, { status: 429 }));
    assert.deepEqual([answer.status, await answer.json()], [200, { sideUpdate: 1 }]);
  });
  test("a page of a proxy's is not", () => {
    const answer = new Response("<html>", { status: 502, headers: { "Content-Type": "text/html" } });
    assert.equal(readable(answer), answer);
  });
});

describe("what the browser keeps", () => {
  test("text, by its name", () => {
    assert.equal(store.write("a", "b"), true);
    assert.deepEqual([store.read("a"), store.read("none"), store.names()], ["b", null, ["a"]]);
  });
  test("what is taken away", () => {
    store.write("a", "b");
    store.remove("a");
    assert.equal(store.read("a"), null);
  });
  test("a full one says so", () => {
    page.room = 0;
    assert.equal(store.write("a", "b"), false);
  });
  test("nothing, where storage is denied", () => {
    const get = () => {
      throw new Error("denied");
    };
    Object.defineProperty(globalThis, "localStorage", { configurable: true, get });
    assert.deepEqual([store.read("a"), store.write("a", "b"), store.names()], [null, false, []]);
    store.remove("a");
    Reflect.deleteProperty(globalThis, "localStorage");
  });
});

describe("a rest", () => {
  test("only the last of a burst, with what it was given", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const act = context.mock.fn();
    const later = debounce(act, 100);
    later("a");
    context.mock.timers.tick(60);
    later("b");
    context.mock.timers.tick(99);
    assert.equal(act.mock.callCount(), 0);
    context.mock.timers.tick(1);
    assert.deepEqual(
      act.mock.calls.map((call) => call.arguments),
      [["b"]],
    );
  });
  test("cancelled, nothing", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const act = context.mock.fn();
    const later = debounce(act, 100);
    later();
    later.cancel();
    context.mock.timers.tick(200);
    assert.equal(act.mock.callCount(), 0);
  });
});

describe("a live region", () => {
  test("waits its own seconds first", () => {
    const wait = waiting(undefined, "m", 2, 1000);
    assert.deepEqual([isDue(wait, 2999), isDue(wait, 3000)], [false, true]);
  });
  test("longer each time, up to the slowest", () => {
    let wait = waiting(undefined, "m", 2, 0);
    for (const expected of [2.5, 3.125, 3.90625, 4, 4]) {
      wait = after(wait, 4, 0);
      assert.equal(wait.wait, expected);
    }
  });
  test("never faster than its own seconds", () => {
    assert.equal(after(waiting(undefined, "m", 10, 0), 4, 0).wait, 10);
  });
  test("from the beginning when something has changed", () => {
    const slow = after(waiting(undefined, "m", 2, 0), 60, 500);
    assert.equal(waiting(slow, "m", 2, 600), slow);
    assert.deepEqual(waiting(slow, "n", 2, 600), { mark: "n", first: 2, wait: 2, since: 500 });
  });
});

describe("keys", () => {
  /** @type {[string, unknown][]} */
  const steps = [
    ["ArrowRight", [1, 3]],
    ["ArrowLeft", [1, 1]],
    ["ArrowDown", [2, 2]],
    ["ArrowUp", [0, 2]],
    ["Home", [1, 0]],
    ["End", [1, 4]],
    ["a", undefined],
  ];
  for (const [key, to] of steps) test(key, () => assert.deepEqual(cellAt(key, 1, 2, 5), to));
  test("around the ends", () => {
    assert.deepEqual([neighbour([1, 2, 3], 3, 1), neighbour([1, 2, 3], 1, -1), neighbour([1], 1, 1)], [1, 3, 1]);
  });
});

describe("drawings", () => {
  test("a line leaves and arrives level", () => {
    assert.equal(
      curve([
        [0, 10],
        [100, 50],
      ]),
      "M0,10C50,10 50,50 100,50",
    );
  });
  test("also where there is little room", () =>
    assert.equal(
      curve([
        [0, 0],
        [10, 5],
      ]),
      "M0,0C24,0 -14,5 10,5",
    ));
  test("names get a fifth, in bounds", () => {
    assert.deepEqual(
      [390, 800, 2000].map((wide) => timescale(wide).label),
      [96, 176, 200],
    );
  });
  test("time fills the rest", () => {
    const { at, label, room } = timescale(1000);
    assert.deepEqual([at(0), at(1)], [label, label + room]);
  });
  test("words that would touch are left out", () => {
    assert.deepEqual(
      roomy([0, 50, 60, 118], (mark) => mark, 56),
      [0, 60, 118],
    );
  });
});

describe("completion", () => {
  test("a path as it stands, and below what is current", () => {
    assert.deepEqual(readings(["orders"], ["main", "sales"]), [
      ["orders"],
      ["main", "orders"],
      ["main", "sales", "orders"],
    ]);
  });
  test("no path of four", () => assert.deepEqual(readings(["a", "b", "c"], ["main", "sales"]), [["a", "b", "c"]]));
  test("nothing current", () => assert.deepEqual(readings(["a"], []), [["a"]]));
  test("a name once, the first that has it", () => {
    const all = [{ label: "a", boost: 2 }, { label: "b" }, { label: "a" }];
    assert.deepEqual(distinct(all), [{ label: "a", boost: 2 }, { label: "b" }]);
  });
  test("an odd name is quoted, a column's type stands beside it", () => {
    const [one] = options([["my col", "column", "INT"]], 20);
    assert.deepEqual([one.apply, one.type, one.detail, one.boost], ["`my col`", "property", "INT", 20]);
  });
});

describe("the type of a parameter by its name", () => {
  const GUESSES = {
    from_date: "date",
    day: "date",
    created_at: "timestamp",
    event_ts: "timestamp",
    limit: "number",
    customer_id: "number",
    is_open: "boolean",
    ids: "list",
    name: "text",
    Amount: "number",
    candidate: "text",
  };
  for (const [name, type] of Object.entries(GUESSES)) {
    test(`${name} is ${type}`, () => {
      assert.equal(guess(name), type);
      assert.ok(TYPES.some(([known]) => known === type));
    });
  }
});
