// The table of a chart for who does not see it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { tableOf } from "../../assets/src/dashboards/charttable.js";

test("a row for each category, a column for each series, where one lacks a category too", () => {
  const data = [
    { type: "bar", name: "R&amp;D", x: ["a", "&lt;b&gt;"], y: [1, 2.5] },
    { type: "bar", name: "Ops", x: ["&lt;b&gt;"], y: [null] },
  ];
  const layout = { xaxis: { title: { text: "Team" } } };
  assert.deepEqual(tableOf({ data, layout }), {
    head: ["Team", "R&D", "Ops"],
    rows: [
      ["a", "1", ""],
      ["<b>", "2.5", ""],
    ],
    total: 2,
  });
});

test("bars that lie have their categories on the other axis", () => {
  const data = [{ type: "bar", orientation: "h", x: [3], y: ["a"] }];
  const layout = { yaxis: { title: { text: "Team" } }, xaxis: { title: { text: "Cost" } } };
  assert.deepEqual(tableOf({ data, layout })?.head, ["Team", "Cost"]);
  assert.deepEqual(tableOf({ data, layout })?.rows, [["a", "3"]]);
});

test("slices, cells and points", () => {
  const pie = { type: "pie", name: "Orders", labels: ["open"], values: [4] };
  assert.deepEqual(tableOf({ data: [pie], layout: {} })?.rows, [["open", "4"]]);
  const heat = { type: "heatmap", x: ["Mon"], y: ["am", "pm"], z: [[1], [null]] };
  assert.deepEqual(tableOf({ data: [heat], layout: {} })?.rows, [["am", "1"], ["pm", ""]]); // biome-ignore format: a table
  const land = { type: "scatter", mode: "lines", hoverinfo: "skip", x: [1], y: [1] };
  const cities = { type: "scatter", mode: "markers", hovertext: ["Lima · 7"], x: [1], y: [2] };
  assert.deepEqual(tableOf({ data: [land, cities], layout: {} })?.rows, [["Lima · 7"]]);
  assert.equal(tableOf({ data: [land], layout: {} }), null);
});

test("a long one is cut, and knows how long it was", () => {
  const x = Array.from({ length: 5000 }, (_, at) => `c${at}`);
  const found = tableOf({ data: [{ type: "bar", x, y: x.map((_, at) => at) }], layout: {} });
  assert.deepEqual([found?.rows.length, found?.total], [100, 5000]);
});
