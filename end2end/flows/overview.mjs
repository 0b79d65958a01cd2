// The first thing a person sees.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const openPage = useBrowser();

test("an empty store fills up with demonstration events while one looks", async (t) => {
  const server = await Server.start(t, { isDemo: true });
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  await overview.rows().first().waitFor();
  const early = await overview.counter("events");
  assert.ok(early > 0);
  // The counter speaks of the last hour, so when a minute ends it may fall as well.
  await overview.counterWhere("events", (count) => count !== early);
  assert.ok((await overview.counter("hosts")) > 0);
  // Severities come from the model: a demonstration without an anomaly shows nothing.
  await overview.counterWhere("anomalies", (count) => count > 0);
  await overview.byTestId("timeline").locator("canvas, svg").first().waitFor();
});

test("an empty store without demonstration says what to do", async (t) => {
  const server = await Server.start(t);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  await overview.page.getByText("radar-collector send").waitFor();
  assert.equal(await overview.rows().count(), 0);
  assert.equal(await overview.counter("events"), 0);
  await server.ingest(event({ message: "the first one" }));
  await overview.rowSaying("the first one").waitFor();
});

test("every cell of a row is filled", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ message: "' UNION SELECT password FROM users; DROP TABLE users; -- \u0001\u0002\u0003".repeat(20), level: "Critical" }));
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  const row = overview.rows().first();
  assert.match(await row.getAttribute("data-id"), /^[0-9a-f]{32}$/);
  for (const [name, pattern] of [
    ["severity", /^(low|medium|high|critical)$/],
    ["time", /\d/],
    ["host", /^WS-014$/],
    ["source", /^Security$/],
    ["message", /UNION SELECT/],
    ["score", /\d/],
    ["reason", /\w+ \w+/],
  ]) {
    assert.match((await row.locator(`[data-testid="${name}"]`).textContent()).trim(), pattern, name);
  }
});

test("the range is in the URL, and the counters follow it", async (t) => {
  const server = await Server.start(t);
  const hoursAgo = (hours) => new Date(Date.now() - hours * 3_600_000).toISOString();
  await server.ingest(event(), event({ timestamp: hoursAgo(0.5) }), event({ timestamp: hoursAgo(5) }), event({ timestamp: hoursAgo(100) }));
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  assert.equal(await overview.counter("events"), 2, "an hour is what is shown first");
  for (const [range, count] of [["15m", 1], ["1h", 2], ["24h", 3], ["7d", 4]]) {
    await overview.page.locator(`a[data-range="${range}"]`).click();
    await overview.page.waitForURL(`**/?range=${range}`);
    await overview.counterWhere("events", (value) => value === count);
  }
  await overview.page.reload();
  assert.equal(await overview.counter("events"), 4, "a link can be shared");
  await overview.page.goBack();
  await overview.counterWhere("events", (value) => value === 3);
});

test("the timeline is a table too", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event(), event({ message: "another" }));
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  await overview.byTestId("timeline").locator('[data-testid="as-table"]').click();
  const numbers = await overview.byTestId("timeline").locator("tbody td").allTextContents();
  assert.equal(numbers.map(Number).reduce((sum, number) => sum + number, 0), 2);
});

test("an address that leads nowhere is a page that says so", async (t) => {
  const server = await Server.start(t);
  const overview = new OverviewPage(await openPage(t), server);
  overview.page.console.expect(/the server responded with a status of 404/);
  const response = await overview.goto("/nowhere");
  assert.equal(response.status(), 404);
  await overview.hydrated();
  await overview.page.getByRole("heading", { level: 1 }).waitFor();
  await overview.page.locator("main").getByRole("link").click();
  await overview.byTestId("counter-events").waitFor();
});
