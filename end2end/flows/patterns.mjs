// The templates of a collection, and what people say of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { PatternsPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const WIDE = { width: 1920, height: 1080 };
const ROOT = { email: "root@example.org", password: "a few good words" };
const LOGIN = "An account was successfully logged on.";

const openPage = useBrowser();

function hoursAgo(hours) {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}

/** A login every four hours for three days, jobs that take their time, and one failure of an hour ago. */
function events() {
  const logins = Array.from({ length: 18 }, (_, index) => event({ timestamp: hoursAgo(4 * index) }));
  const jobs = Array.from({ length: 6 }, (_, index) => event({ message: `Job ${index} finished after ${index * 7} ms`, timestamp: hoursAgo(30 + index) }));
  return [...logins, ...jobs, event({ message: "The disk of the array failed", level: "Critical", timestamp: hoursAgo(1) })];
}

/** The page of somebody who may name and mute what is public. */
async function administrator(t, server, options) {
  const patterns = new PatternsPage(await openPage(t, options), server);
  await patterns.setUp(ROOT);
  await patterns.choose("public");
  await patterns.open();
  return patterns;
}

test("patterns are told with their counts, and the address says how they are sorted", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...events());
  const patterns = new PatternsPage(await openPage(t), server);
  await patterns.open();
  assert.deepEqual(await patterns.links(), [LOGIN, "Job <*> finished after <*> ms", "The disk of the array failed"]);
  const job = patterns.patternSaying("Job");
  assert.equal(await job.getByTestId("count").textContent(), "6");
  assert.equal(await job.getByTestId("rarity").textContent(), "1 in 4.2");
  assert.match(await job.getByTestId("share").textContent(), /%$/);
  assert.match(await job.getByTestId("first").textContent(), /^\d\d-\d\d \d\d:\d\d:\d\d$/);
  await patterns.byTestId("sort-rarity").click();
  await patterns.page.waitForURL("**/patterns?sort=rarity");
  await patterns.page.waitForSelector('th[aria-sort="ascending"]');
  assert.equal((await patterns.links())[0], "The disk of the array failed");
  await patterns.page.reload();
  await patterns.hydrated();
  assert.equal((await patterns.links())[0], "The disk of the array failed", "a link can be shared");
  assert.equal(await patterns.byTestId("mute").count(), 0, "a visitor says nothing");
});

test("a pattern leads to its events in the same range", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...events());
  const patterns = new PatternsPage(await openPage(t), server);
  await patterns.open("?range=24h");
  const row = patterns.patternSaying(LOGIN);
  const template = await row.getAttribute("data-template");
  const link = new URL(await row.getByTestId("pattern-link").getAttribute("href"), server.url);
  assert.equal(link.pathname, "/explore");
  assert.deepEqual(Object.fromEntries(link.searchParams), { q: `template:${template}`, range: "24h" });
  const question = new URLSearchParams({ question: link.searchParams.get("q"), span: "24h" });
  const { tally } = await (await fetch(`${server.url}/api/fn/picture?${question}`)).json();
  const count = tally.unscored + tally.by_severity.reduce((sum, count) => sum + count, 0);
  assert.equal(await row.getByTestId("count").textContent(), String(count), "which are as many");
});

test("what is new since yesterday is shown apart, unless everything is", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ timestamp: hoursAgo(2) }));
  const patterns = new PatternsPage(await openPage(t), server);
  await patterns.open();
  await patterns.byTestId("show-new").click();
  await patterns.page.waitForURL("**/patterns?show=new");
  await patterns.page.getByText("less than a day old").waitFor();
  await server.ingest(...events());
  await patterns.page.reload();
  await patterns.hydrated();
  assert.deepEqual(await patterns.links(), ["The disk of the array failed"]);
  await patterns.byTestId("show-all").click();
  await patterns.patternSaying(LOGIN).waitFor();
  assert.equal(await patterns.patternSaying("The disk").locator(".tag.is-new").count(), 1);
  assert.equal(await patterns.patternSaying(LOGIN).locator(".tag.is-new").count(), 0);
});

test("patterns are found by words, conditions and names, and a wrong question says where", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...events());
  const patterns = new PatternsPage(await openPage(t), server);
  await patterns.open();
  const find = async (text) => {
    await patterns.byTestId("find").fill(text);
    await patterns.byTestId("find").press("Enter");
  };
  await find("level:critical");
  await patterns.page.waitForURL("**/patterns?q=level*");
  await patterns.patternSaying(LOGIN).waitFor({ state: "detached" });
  assert.deepEqual(await patterns.links(), ["The disk of the array failed"]);
  await find("nothing of that kind");
  await patterns.byTestId("nothing").waitFor();
  patterns.page.console.expect(/the server responded with a status of 400/);
  await find("severity:loud");
  await patterns.byTestId("failure").getByText("can't be read at character").waitFor();
  await patterns.page.goBack();
  await patterns.byTestId("nothing").waitFor();
  assert.equal(await patterns.byTestId("find").inputValue(), "nothing of that kind");
});

test("a pattern is renamed where it stands, by keyboard, and keeps its name", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...events());
  const patterns = await administrator(t, server);
  const row = patterns.patternSaying("Job");
  await row.getByTestId("rename").focus();
  await patterns.page.keyboard.press("Enter");
  const field = patterns.byTestId("name-field");
  await field.waitFor();
  await patterns.page.keyboard.type("never said");
  await patterns.page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  assert.equal(await patterns.page.evaluate(() => document.activeElement.dataset.testid), "rename", "where one was before");
  await patterns.page.keyboard.press("Enter");
  await field.waitFor();
  await patterns.page.keyboard.type("Nightly <b>jobs</b>");
  await patterns.page.keyboard.press("Enter");
  await row.getByRole("link", { name: "Nightly <b>jobs</b>" }).waitFor();
  assert.equal(await row.getByTestId("pattern-text").textContent(), "Job <*> finished after <*> ms");
  await patterns.page.reload();
  await patterns.hydrated();
  assert.equal((await patterns.links())[1], "Nightly <b>jobs</b>");
  await patterns.open("?q=nightly");
  assert.deepEqual(await patterns.links(), ["Nightly <b>jobs</b>"]);
});

test("a muted pattern is left out from then on, and comes back", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...events());
  const patterns = await administrator(t, server);
  assert.deepEqual(await patterns.choiceCounts(), [3, 1, 0]);
  const row = patterns.patternSaying("Job");
  await row.getByTestId("mute").click();
  await row.getByText("Unmute").waitFor();
  assert.deepEqual(await patterns.choiceCounts(), [2, 1, 1]);
  await patterns.page.reload();
  await patterns.hydrated();
  assert.equal(await patterns.patterns().count(), 2);
  await patterns.byTestId("show-muted").click();
  await patterns.patternSaying("Job").getByTestId("mute").click();
  await patterns.patternSaying("Job").getByText("Mute", { exact: true }).waitFor();
  await patterns.byTestId("show-all").click();
  await patterns.page.waitForURL((url) => !url.search.includes("show"));
  await patterns.patternSaying(LOGIN).waitFor();
  assert.equal(await patterns.patterns().count(), 3);
});

test("hostile text in a pattern is text", async (t) => {
  const server = await Server.start(t);
  const attacks = ["<script>globalThis.attacked = true</script>", '"><img src=x onerror="globalThis.attacked = true">', "\u001b[31mred \u202eevil"];
  await server.ingest(...attacks.map((message) => event({ message })));
  const patterns = new PatternsPage(await openPage(t), server);
  await patterns.open();
  assert.equal(await patterns.patterns().count(), 3);
  const text = await patterns.byTestId("patterns").textContent();
  assert.match(text, /<script>/);
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/);
  assert.equal(await patterns.page.evaluate(() => globalThis.attacked), undefined);
  assert.equal(await patterns.page.locator("main img, main script:not([nonce])").count(), 0);
});

for (const theme of THEMES) {
  test(`axe finds nothing wrong with the patterns in ${theme}, and they fit any window`, async (t) => {
    const server = await Server.start(t);
    await server.ingest(...events());
    const patterns = await administrator(t, server, { theme });
    await patterns.patternSaying("Job").getByTestId("mute").click();
    await patterns.patternSaying("Job").getByText("Unmute").waitFor();
    for (const viewport of [DESKTOP, WIDE, PHONE]) {
      await patterns.page.setViewportSize(viewport);
      await checkFitsWidth(patterns.page);
      await checkAccessibility(patterns.page);
    }
    await patterns.patternSaying("Job").getByTestId("rename").click();
    await checkAccessibility(patterns.page);
    await patterns.open("?q=nothing");
    await checkAccessibility(patterns.page);
  });
}
