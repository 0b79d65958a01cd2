// The first thing a person sees.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const openPage = useBrowser();

const ATTACK = "' UNION SELECT password FROM users; DROP TABLE users; -- \u0001\u0002\u0003".repeat(20);

/** Some hosts, most of whose events are as usual. */
async function ingestMixture(server) {
  const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const usual = Array.from({ length: 60 }, (_, index) => event({ timestamp: minutesAgo(index % 50), hostname: `WS-0${index % 4}`, message: `user ${index} logged on` }));
  const unusual = Array.from({ length: 6 }, (_, index) => event({ timestamp: minutesAgo(5 + index), hostname: 'a "b" host', source: "shop", level: "Critical", message: `${ATTACK} ${index}` }));
  await server.ingest(...usual, ...unusual);
}

const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

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
  await overview.open({ show: "" });
  assert.equal(await overview.counter("events"), 2, "an hour is what is shown first");
  for (const [range, count] of [["15m", 1], ["1h", 2], ["24h", 3], ["7d", 4]]) {
    await overview.page.locator(`a[data-range="${range}"]`).click();
    await overview.page.waitForURL(`**/?range=${range}`);
    await overview.counterWhere("events", (value) => value === count);
  }
  await overview.page.reload();
  assert.equal(await overview.counter("events"), 4, "a link can be shared");
  await overview.hydrated();
  await overview.page.goBack();
  await overview.counterWhere("events", (value) => value === 3);
});

test("every figure is what the server counted", async (t) => {
  const server = await Server.start(t);
  await ingestMixture(server);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open({ show: "" });
  const [counts, breakdown] = await Promise.all([server.ask("overview", { range: "1h" }), server.ask("breakdown", { range: "1h" })]);
  const [safe, low, medium, high, critical] = counts.tally.by_severity;
  const anomalies = low + medium + high + critical;
  assert.ok(anomalies > 0, "there is something to see");
  assert.equal(await overview.counter("events"), 66);
  assert.equal(await overview.counter("anomalies"), anomalies);
  assert.equal(await overview.counter("critical"), critical);
  assert.equal(await overview.counter("share"), anomalies / (safe + anomalies));
  assert.equal(await overview.counter("hosts"), 5);
  const seconds = (new Date(counts.as_of) - new Date(counts.from)) / 1000;
  const rate = await overview.counter("rate");
  assert.ok(Math.abs(rate - 66 / seconds) < 0.01 * rate, `${rate} a second`);
  assert.equal(sum(breakdown.scores), 66);

  const bars = (name) => overview.byTestId(name).locator(".bar-list li").evaluateAll((items) =>
    items.map((item) => [item.querySelector(".bar-name").textContent, Number(item.querySelector(".bar-count").textContent)]));
  for (const [name, leaders] of [["top-hosts", breakdown.hosts], ["top-sources", breakdown.sources]]) {
    assert.deepEqual(await bars(name), leaders.map(({ value, anomalies }) => [value, anomalies]), name);
  }
  assert.deepEqual(await bars("levels"), [["critical", 6], ["error", 0], ["warning", 0], ["info", 60], ["debug", 0]]);
  const scores = overview.byTestId("scores");
  await scores.locator('[data-testid="as-table"]').click();
  const numbers = await scores.locator("tbody td:last-child").allTextContents();
  assert.equal(sum(numbers.map(Number)), 66);
  assert.ok((await overview.rows().count()) === Math.min(anomalies, 50), "the strip shows findings alone");
});

test("a top host leads to its anomalies, and a level to its events", async (t) => {
  const server = await Server.start(t);
  await ingestMixture(server);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open({ range: "6h" });
  const target = async (name, text) => {
    const link = overview.byTestId(name).locator('[data-testid="bar"]').filter({ hasText: text });
    const url = new URL(await link.getAttribute("href"), server.url);
    return [url.pathname, url.searchParams.get("q"), url.searchParams.get("range")];
  };
  assert.deepEqual(await target("top-hosts", 'a "b" host'), ["/explore", 'host="a ""b"" host" severity:>=low', "6h"]);
  assert.deepEqual(await target("levels", "critical"), ["/explore", "level:critical", "6h"]);
});

test("dragging over the timeline shows what was dragged over", async (t) => {
  const server = await Server.start(t);
  await ingestMixture(server);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open({ show: "" });
  await overview.live();
  const canvas = overview.byTestId("timeline").locator("canvas").first();
  await canvas.waitFor();
  const box = await canvas.boundingBox();
  const at = (share) => [box.x + box.width * share, box.y + box.height / 2];
  await overview.page.mouse.move(...at(0.5));
  await overview.page.mouse.down();
  await overview.page.mouse.move(...at(0.6));
  // What arrives meanwhile takes nothing out of the reader's hand.
  await server.ingest(event({ message: "arrived while somebody drags" }));
  await overview.counterWhere("events", (count) => count === 67);
  await overview.page.mouse.move(...at(0.75), { steps: 5 });
  const { width } = await overview.byTestId("timeline").locator(".chart-selection").boundingBox();
  assert.ok(Math.abs(width - box.width / 4) < 4, `${width} px are marked`);
  await overview.page.mouse.up();
  await overview.page.waitForURL(/range=\d+-\d+/);
  const [from, to] = new URL(overview.page.url()).searchParams.get("range").split("-").map(Number);
  // The axis is a little narrower than its picture.
  const minutes = (to - from) / 60_000;
  assert.ok(minutes > 15 && minutes < 17.5, `${minutes} minutes of an hour`);
  const { tally } = await server.ask("overview", { range: `${from}-${to}` });
  await overview.counterWhere("events", (count) => count === sum(tally.by_severity) + tally.unscored);
  await overview.byTestId("range-chosen").waitFor();

  // Escape lets go of it.
  await overview.page.mouse.move(...at(0.2));
  await overview.page.mouse.down();
  await overview.page.mouse.move(...at(0.4), { steps: 5 });
  await overview.page.keyboard.press("Escape");
  await overview.page.mouse.up();
  assert.match(overview.page.url(), new RegExp(`range=${from}-${to}`));
});

test("what stands under the pointer has all digits, and stays when figures are refreshed", async (t) => {
  const server = await Server.start(t);
  await ingestMixture(server);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open({ show: "", range: "6h" });
  await overview.live();
  const { timeline } = await server.ask("overview", { range: "6h" });
  const busiest = Math.max(...timeline.map(({ tally }) => tally.by_severity[0]));
  const canvas = overview.byTestId("timeline").locator("canvas").first();
  await canvas.waitFor();
  const { x, y, width, height } = await canvas.boundingBox();
  const tooltip = overview.byTestId("timeline").locator(".chart-tooltip");
  const seen = [];
  for (let share = 0.8; share < 0.99; share += 0.01) {
    await overview.page.mouse.move(x + width * share, y + height / 2);
    seen.push(await tooltip.innerText());
  }
  const counts = seen.map((text) => Number(/safe\s+(\d+)/.exec(text)?.[1] ?? 0));
  assert.equal(Math.max(...counts), busiest);
  await overview.page.mouse.move(x + width * 0.9, y + height / 2);
  await server.ingest(event({ message: "one more" }));
  await overview.counterWhere("events", (count) => count === 67);
  assert.ok(await tooltip.isVisible(), "a refreshed chart keeps it");
  await checkAccessibility(overview.page);
});

test("a range is chosen from a time to a time, by the reader's clock", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ timestamp: "2026-03-01T08:30:00Z" }), event({ timestamp: "2026-03-01T09:30:00Z" }));
  const overview = new OverviewPage(await openPage(t, { zone: "Asia/Tokyo" }), server);
  await overview.open({ show: "" });
  await overview.byTestId("range-open").click();
  await overview.byTestId("range-from").fill("2026-03-01T17:00:00");
  await overview.byTestId("range-to").fill("2026-03-01T18:00:00");
  await checkAccessibility(overview.page);
  await overview.byTestId("range-apply").click();
  await overview.page.waitForURL(`**/?range=${Date.parse("2026-03-01T08:00:00Z")}-${Date.parse("2026-03-01T09:00:00Z")}`);
  await overview.counterWhere("events", (count) => count === 1);
  assert.match(await overview.byTestId("range-chosen").textContent(), /03-01 17:00:00 to 03-01 18:00:00/);
});

test("the strip shows findings or everything, and the address says which", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event());
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open({ show: "" });
  await overview.live();
  await overview.byTestId("no-findings").waitFor();
  await server.ingest(event({ hostname: "WS-077" }), event({ message: ATTACK, level: "Critical" }));
  await overview.rows().first().waitFor();
  assert.equal(await overview.rows().count(), 1);
  await overview.byTestId("show-events").click();
  await overview.page.waitForURL("**/?show=events");
  await overview.rowSaying("WS-077").waitFor();
  assert.equal(await overview.rows().count(), 3);
});

test("offline, each panel says from when it is; then it says what was missed", async (t) => {
  const first = await Server.start(t);
  const { folder, port } = first;
  await first.ingest(event({ message: "before" }));
  const overview = new OverviewPage(await openPage(t), first);
  overview.page.console.expect(/net::ERR_|the server responded with a status of 5/);
  await overview.open();
  await overview.live();
  await first.stop();
  await overview.page.waitForSelector('[data-testid="live"][data-state="offline"]');
  // The timeline, five panels and the strip.
  assert.deepEqual((await overview.byTestId("as-of").allTextContents()).map((text) => /^as of \d\d:\d\d:\d\d$/.test(text)), Array(7).fill(true));
  await checkAccessibility(overview.page);

  const second = await Server.start(t, { folder, port });
  await second.ingest(...Array.from({ length: 214 }, (_, index) => event({ message: `missed ${index}` })));
  const state = overview.page.locator('[data-testid="live"][data-state="catching-up"]');
  await state.waitFor({ timeout: 30_000 });
  assert.match(await state.textContent(), /^Reconnected, (up to )?214 missed, loading them$/);
  await overview.counterWhere("events", (count) => count === 215);
  await overview.live();
  assert.equal(await overview.byTestId("as-of").count(), 0);
  await overview.rowSaying("missed 213").waitFor();
});

for (const theme of THEMES) {
  test(`the overview fits its window and axe finds nothing, in ${theme}`, async (t) => {
    const server = await Server.start(t);
    await ingestMixture(server);
    const overview = new OverviewPage(await openPage(t, { theme }), server);
    await overview.open({ show: "" });
    await overview.byTestId("scores").locator("canvas").first().waitFor();
    for (const viewport of [DESKTOP, { width: 1920, height: 1080 }, PHONE]) {
      await overview.page.setViewportSize(viewport);
      await checkFitsWidth(overview.page);
      await checkAccessibility(overview.page);
      const height = await overview.page.evaluate(() => document.scrollingElement.scrollHeight);
      assert.ok(viewport === PHONE || height <= viewport.height, `${height} px of ${viewport.height}`);
    }
  });
}

test("a new critical finding draws the eye, but not of who wants no motion", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ message: "as usual" }));
  const page = await openPage(t);
  // The feed ends after each message, so the page says that it is offline now and then.
  page.console.expect(/net::ERR_|EventSource/);
  const { newest: [known] } = await server.ask("overview", { range: "1h" });
  const [quiet, critical] = ["low", "critical"].map((severity, index) => ({
    ...known,
    seq: String(Number(known.seq) + 1 + index),
    severity,
    scored: { ...known.scored, event: { ...known.scored.event, timestamp: new Date().toISOString(), message: `of ${severity} severity` } },
  }));
  const update = { last_seq: critical.seq, added: 2, rows: [critical, quiet] };
  const body = `event: update\nid: ${update.last_seq}\ndata: ${JSON.stringify(update)}\n\n`;
  await page.route("**/api/live*", (route) => route.fulfill({ contentType: "text/event-stream", body }));
  const overview = new OverviewPage(page, server);
  await overview.open({ show: "" });
  const row = overview.rowSaying("of critical severity");
  await row.waitFor();
  const animation = () => row.locator("td").first().evaluate((cell) => getComputedStyle(cell).animationName);
  assert.equal(await animation(), "arrive");
  assert.doesNotMatch(await overview.rowSaying("of low severity").getAttribute("class"), /is-new/);
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await animation(), "none");
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
