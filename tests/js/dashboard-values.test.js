import assert from "node:assert/strict";
import { test } from "node:test";
import { day, member, members, plain, written } from "../../assets/src/dashboards/values.js";

const control = {
  name: "p.f",
  kind: "multi",
  title: "F",
  hasTitle: true,
  description: "",
  default: ["a"],
  all: true,
  menu: true,
  first: false,
};

test("a member of an address gives its value back, NULL and the empty text too", () => {
  for (const value of [null, "", "x", "\\N", "\\E", "a~b", "\\"]) assert.equal(plain(member(value)), value);
});

test("an address without a filter means its default, an empty member means All", () => {
  assert.deepEqual(members(control, new URLSearchParams("")), ["a"]);
  assert.deepEqual(members(control, new URLSearchParams("p.f=")), []);
  assert.deepEqual(members(control, new URLSearchParams("p.f=b&p.f=c")), ["b", "c"]);
});

test("the default needs no mention in the address", () => {
  const address = new URLSearchParams("page=one&p.f=b");
  assert.equal(written(control, ["a"], address).toString(), "page=one");
  assert.equal(written(control, [], address).toString(), "page=one&p.f=");
  assert.equal(written(control, ["b", "c"], address).toString(), "page=one&p.f=b&p.f=c");
});

test("relative dates are days of the browser's own calendar", () => {
  const now = new Date(2026, 2, 31, 15, 4, 5);
  assert.equal(day("now/d", now), "2026-03-31");
  assert.equal(day("now-7d/d", now), "2026-03-24");
  assert.equal(day("now-1M", now), "2026-02-28");
  assert.equal(day("now-12M/M", now), "2025-03-01");
  assert.equal(day("now/w", now), "2026-03-30");
  assert.equal(day("now/Q", now), "2026-01-01");
  assert.equal(day("2025-01-02T03:04:05.000"), "2025-01-02");
  assert.equal(day("soon"), "");
});
