// Rows that arrive while somebody looks.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const RESULTS = join(import.meta.dirname, "..", "results");
const APPEARS_WITHIN_MILLIS = 2000;

const openPage = useBrowser();

for (const theme of THEMES) {
  test(`an event is a row on an open page within two seconds, in ${theme}`, async (t) => {
    const server = await Server.start(t, { isDemo: true });
    const overview = new OverviewPage(await openPage(t, { theme }), server);
    await overview.open();
    await overview.live();
    const sent = Date.now();
    await server.ingest(event({ message: "Seen the moment it happened" }));
    await overview.rowSaying("Seen the moment it happened").waitFor({ timeout: APPEARS_WITHIN_MILLIS });
    const elapsed_millis = Date.now() - sent;
    assert.ok(elapsed_millis < APPEARS_WITHIN_MILLIS, `it took ${elapsed_millis} ms`);
    t.diagnostic(`a row after ${elapsed_millis} ms`);
    await overview.counterWhere("anomalies", (count) => count > 0);
    await overview.byTestId("timeline").locator("canvas, svg").first().waitFor();
    mkdirSync(RESULTS, { recursive: true });
    await overview.page.screenshot({ path: join(RESULTS, `overview-${theme}.png`) });
  });
}

test("the newest row is on top, and the counters follow", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ message: "first" }));
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  await overview.live();
  await server.ingest(event({ message: "second" }), event({ message: "third", hostname: "DC-01" }));
  await overview.rowSaying("third").waitFor();
  assert.deepEqual(await overview.messages(), ["third", "second", "first"]);
  await overview.counterWhere("events", (count) => count === 3);
  await overview.counterWhere("hosts", (count) => count === 2);
});

test("an event that is sent twice is one row", async (t) => {
  const server = await Server.start(t);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  await overview.live();
  const same = event({ message: "sent twice", record_id: "77" });
  await server.ingest(same);
  const { answer } = await server.post(JSON.stringify([same]));
  assert.equal(answer.duplicates, 1);
  await server.ingest(event({ message: "the end" }));
  await overview.rowSaying("the end").waitFor();
  assert.deepEqual(await overview.messages(), ["the end", "sent twice"]);
});

test("many events at once leave a page that is whole", async (t) => {
  const server = await Server.start(t);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  await overview.live();
  const burst = Array.from({ length: 2000 }, (_, index) => event({ message: `burst ${index}` }));
  await server.ingest(...burst);
  await overview.rowSaying("burst 1999").waitFor();
  await overview.counterWhere("events", (count) => count === 2000);
  const ids = await overview.rows().evaluateAll((rows) => rows.map((row) => row.dataset.id));
  assert.equal(new Set(ids).size, ids.length, "no row twice");
  assert.ok(ids.length <= 200, "the page keeps to its bound");
});

test("a page survives its server's restart without losing or repeating a row", async (t) => {
  const first = await Server.start(t);
  const { folder, port } = first;
  const overview = new OverviewPage(await openPage(t), first);
  // What a browser says when nobody answers.
  overview.page.console.expect(/net::ERR_|the server responded with a status of 5/);
  await overview.open();
  await overview.live();
  await first.ingest(event({ message: "before" }));
  await overview.rowSaying("before").waitFor();
  await first.stop();
  await overview.page.waitForSelector('[data-testid="live"]:not([data-state="live"])');

  const second = await Server.start(t, { folder, port });
  await second.ingest(event({ message: "during" }));
  await overview.page.waitForSelector('[data-testid="live"][data-state="live"]', { timeout: 30_000 });
  await second.ingest(event({ message: "after" }));
  await overview.rowSaying("after").waitFor();
  await overview.rowSaying("during").waitFor();
  assert.deepEqual(await overview.messages(), ["after", "during", "before"]);
  await overview.counterWhere("events", (count) => count === 3);
});
