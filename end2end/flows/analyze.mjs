// The engine inside the browser: loaded when it is needed, and of one mind with the server's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { useBrowser } from "../support/browser.mjs";
import { AnalyzePage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const PARITY = join(import.meta.dirname, "..", "..", "fixtures", "parity");
const TOLERANCE = 1e-5;

const openPage = useBrowser();

test("lines get the ids, scores and severities they get natively", async (t) => {
  const lines = readFileSync(join(PARITY, "lines.txt"), "utf8");
  const expected = JSON.parse(readFileSync(join(PARITY, "expected.json"), "utf8"));
  const server = await Server.start(t);
  const page = await openPage(t);
  // Lines without a time happen now, which is part of their id.
  await page.addInitScript((now) => (Date.now = () => now), Date.parse(expected.now));
  const analyze = new AnalyzePage(page, server);
  await analyze.open();
  await analyze.score(lines);

  const results = await analyze.results();
  const identity = ({ id, severity }) => ({ id, severity });
  assert.deepEqual(results.map(identity), expected.lines.map(identity));
  results.forEach(({ raw }, index) => {
    const difference = Math.abs(raw - expected.lines[index].raw);
    assert.ok(difference < TOLERANCE, `line ${expected.lines[index].index}: ${raw} and ${expected.lines[index].raw}`);
  });
  const rejects = await analyze.rejects();
  assert.deepEqual(
    rejects.map((text) => Number(/^Line (\d+): /.exec(text)?.[1]) - 1),
    expected.rejects.map(({ index }) => index),
  );
});

test("the worker is fetched when something is scored, and not before", async (t) => {
  const server = await Server.start(t);
  const page = await openPage(t);
  const asked = [];
  page.context().on("request", (request) => asked.push(new URL(request.url()).pathname));
  const analyze = new AnalyzePage(page, server);
  await analyze.open();
  const urls = await analyze.workerUrls();
  await page.waitForLoadState("networkidle");
  assert.equal(await analyze.workerState(), "idle");
  assert.deepEqual(asked.filter((path) => urls.includes(path)), []);

  await analyze.score("2026-03-01 08:30:00 [INFO] auth - one line");
  assert.equal((await analyze.results()).length, 1);
  assert.equal(await analyze.workerState(), "ready");
  assert.ok(asked.includes(urls[0]), `${urls[0]} was asked for`);

  const before = asked.length;
  await analyze.score("2026-03-01 08:30:00 [INFO] auth - one line\n2026-03-01 08:30:01 [INFO] auth - another");
  await page.locator('[data-testid="result-row"]').nth(1).waitFor();
  assert.equal(asked.length, before, "the second time everything is there");
});

test("what is pasted stays in the browser", async (t) => {
  const server = await Server.start(t);
  const page = await openPage(t);
  const sent = [];
  page.context().on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  const analyze = new AnalyzePage(page, server);
  await analyze.open();
  await analyze.score("a-secret-that-stays-here");
  await analyze.results();
  assert.deepEqual(sent.filter((text) => text.includes("a-secret-that-stays-here")), []);
});

test("a worker that can't be loaded is told, and the next try works", async (t) => {
  const server = await Server.start(t);
  const page = await openPage(t);
  page.console.expect(/net::ERR_FAILED|Failed to load|worker/i);
  const analyze = new AnalyzePage(page, server);
  await analyze.open();
  const [script] = await analyze.workerUrls();
  const isScript = (url) => url.pathname === script;
  await page.context().route(isScript, (route) => route.abort());
  await analyze.score("one line");
  await page.waitForSelector('[data-testid="worker-state"][data-state="failed"]');
  await page.context().unroute(isScript);
  await analyze.pressScore();
  assert.equal((await analyze.results()).length, 1);
});

test("a text beyond the bound is refused with a sentence, and a smaller one is scored after it", async (t) => {
  const server = await Server.start(t);
  const page = await openPage(t);
  const analyze = new AnalyzePage(page, server);
  await analyze.open();
  await analyze.score("x".repeat(5 * 1024 * 1024));
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /\w+ \w+/);
  await analyze.score("one line");
  assert.equal((await analyze.results()).length, 1);
});
