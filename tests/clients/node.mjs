// The journey of Node's driver: statements, parameters, types, CloudFetch, metadata, cancel, errors.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.CLIENT_HOME}/`);
const { DBSQLClient, DBSQLParameter, DBSQLParameterType } = require("@databricks/sql");

const client = new DBSQLClient();
client.on("error", () => {});
await client.connect({
  host: "localhost",
  port: Number(process.env.DATABRICKS_PORT),
  path: process.env.DATABRICKS_HTTP_PATH,
  token: process.env.DATABRICKS_TOKEN,
});
const session = await client.openSession({ initialCatalog: "samples", initialSchema: "nyctaxi" });

async function rows(text, options = {}) {
  const operation = await session.executeStatement(text, options);
  try {
    return await operation.fetchAll();
  } finally {
    await operation.close();
  }
}

async function step(name, work) {
  await work();
  console.log(`ok ${name}`);
}

await step("statement", async () => {
  assert.deepEqual(await rows("SELECT 1 AS one, 'a' AS word, CAST(NULL AS INT) AS none"), [
    { one: 1, word: "a", none: null },
  ]);
  assert.equal((await rows("SELECT * FROM trips LIMIT 10")).length, 10);
});

await step("id", async () => {
  const operation = await session.executeStatement("SELECT 1");
  assert.match(operation.id, /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  await operation.close();
});

await step("named parameters", async () => {
  const namedParameters = {
    whole: new DBSQLParameter({ value: 7 }),
    large: new DBSQLParameter({ type: DBSQLParameterType.BIGINT, value: "9007199254740993" }),
    text: "it's",
    yes: true,
    day: new DBSQLParameter({ type: DBSQLParameterType.DATE, value: "2026-01-31" }),
  };
  const [row] = await rows(
    "SELECT :whole AS whole, CAST(:large AS STRING) AS large, :text AS text, :yes AS yes, CAST(:day AS STRING) AS day",
    { namedParameters },
  );
  assert.deepEqual(row, { whole: 7, large: "9007199254740993", text: "it's", yes: true, day: "2026-01-31" });
});

await step("ordinal parameters", async () => {
  assert.deepEqual(await rows("SELECT ? AS a, ? AS b", { ordinalParameters: [1, "two"] }), [{ a: 1, b: "two" }]);
});

await step("types", async () => {
  const [row] = await rows(`SELECT ARRAY(1, 2) AS list, NAMED_STRUCT('a', 1) AS pair, MAP('k', 2) AS map,
    CAST(1.50 AS DECIMAL(10, 2)) AS price, DATE '2026-01-31' AS day, TIMESTAMP '2026-01-31 08:00:00' AS moment`);
  assert.deepEqual([...row.list], [1, 2]);
  assert.deepEqual(row.pair, { a: 1 });
  assert.equal(Number(row.price), 1.5);
  assert.equal(new Date(row.day).toISOString().slice(0, 10), "2026-01-31");
  assert.equal(new Date(row.moment).toISOString(), "2026-01-31T08:00:00.000Z");
});

await step("CloudFetch", async () => {
  for (const useLZ4Compression of [true, false]) {
    const operation = await session.executeStatement("SELECT * FROM main.bench.events_1m LIMIT 400000", {
      useCloudFetch: true,
      useLZ4Compression,
    });
    let count = 0;
    do {
      count += (await operation.fetchChunk({ maxRows: 100000 })).length;
    } while (await operation.hasMoreRows());
    assert.equal(count, 400000);
    await operation.close();
  }
});

await step("schema and metadata", async () => {
  const operation = await session.executeStatement("SELECT 1 AS one, 'a' AS word");
  const schema = await operation.getSchema();
  assert.deepEqual(schema.columns.map((column) => column.columnName), ["one", "word"]);
  await operation.close();
  for (const [ask, some] of [
    [() => session.getCatalogs(), "samples"],
    [() => session.getSchemas({ catalogName: "samples" }), "nyctaxi"],
    [() => session.getTables({ catalogName: "samples", schemaName: "nyctaxi" }), "trips"],
    [() => session.getColumns({ catalogName: "samples", schemaName: "nyctaxi", tableName: "trips" }), "fare_amount"],
    [() => session.getTypeInfo(), "BIGINT"],
    [() => session.getTableTypes(), "VIEW"],
  ]) {
    const asked = await ask();
    const found = await asked.fetchAll();
    assert.ok(found.some((row) => Object.values(row).includes(some)), some);
    await asked.close();
  }
});

await step("error", async () => {
  await assert.rejects(rows("SELECT nope FROM trips"), /UNRESOLVED_COLUMN/);
});

await step("cancel", async () => {
  const operation = await session.executeStatement("SELECT count(*) FROM range(1000000000000) WHERE id % 7 = 3");
  const ended = assert.rejects(operation.fetchAll(), /cancel/i);
  setTimeout(() => operation.cancel(), 300);
  await ended;
});

await step("async statements", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, n) => rows(`SELECT ${n} AS n`)));
  assert.deepEqual(all.map(([row]) => row.n), [0, 1, 2, 3, 4, 5, 6, 7]);
});

await session.close();
await client.close();
