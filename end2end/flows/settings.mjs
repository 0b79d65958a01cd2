// What a collection and a reader set, and the keys that are the same on every page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { AccountPages, OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const openPage = useBrowser();
const ADMINISTRATOR = { email: "ann@example.org", password: "correct horse battery" };

test("a threshold is moved, tried, saved and holds", async (t) => {
  const server = await Server.start(t);
  const attack = (number) => event({ level: "Critical", message: `${number} ' UNION SELECT password FROM users; DROP TABLE users; -- \u0001\u0002\u0003`.repeat(20) });
  await server.ingest(event(), ...[1, 2, 3].map(attack));
  const pages = new AccountPages(await openPage(t), server);
  await pages.setUp(ADMINISTRATOR);
  await pages.choose("public");
  const said = async (pattern) => {
    await pages.page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector('[data-testid="trial"]').textContent), pattern.source);
    return pattern.exec(await pages.byTestId("trial").textContent()).slice(1).map(Number);
  };
  const [before] = await said(/^They flagged (\d+) events in the last 7 days\.$/);
  assert.ok(before > 0, "what is tried needs something unusual");

  const low = pages.page.locator('input[name="low"]');
  await low.focus();
  await pages.page.keyboard.press("End");
  assert.equal(await pages.byTestId("threshold-low").textContent(), "0.69", "it stays below the next");
  await said(/^These would have flagged (\d+) instead of (\d+) events in the last 7 days\.$/);
  await pages.page.keyboard.press("Home");
  assert.equal(await pages.byTestId("threshold-low").textContent(), "0.01");
  const critical = pages.page.locator('input[name="critical"]');
  for (const line of ["critical", "high", "medium", "low"]) {
    await pages.page.locator(`input[name="${line}"]`).focus();
    await pages.page.keyboard.press("End");
  }
  assert.equal(await critical.inputValue(), "1");
  assert.equal(await low.inputValue(), "0.97");
  const [would, instead] = await said(/^These would have flagged (\d+) instead of (\d+) events in the last 7 days\.$/);
  assert.deepEqual([would < before, instead], [true, before]);

  await pages.byTestId("set-thresholds").click();
  assert.deepEqual(await said(/^They flagged (\d+) events in the last 7 days\.$/), [would]);
  await pages.page.reload();
  await pages.hydrated();
  assert.equal(await pages.byTestId("threshold-low").textContent(), "0.97");
  await pages.open();
  assert.equal(await pages.counter("anomalies"), would, "what was stored before has other severities, too");
});

test("who may not change them sees them", async (t) => {
  const server = await Server.start(t);
  const pages = new OverviewPage(await openPage(t), server);
  await pages.goto("/settings");
  await pages.hydrated();
  assert.equal(await pages.byTestId("threshold-medium").textContent(), "0.70");
  assert.ok(await pages.page.locator('input[name="medium"]').isDisabled());
  assert.equal(await pages.byTestId("set-thresholds").count(), 0);
});

test("the theme is chosen, and the system's can be had again", async (t) => {
  const server = await Server.start(t);
  const pages = new OverviewPage(await openPage(t, { theme: "light" }), server);
  await pages.goto("/settings");
  await pages.hydrated();
  const button = (name) => pages.byTestId("themes").getByRole("button", { name });
  const light = await pages.background();
  await button("Dark").click();
  assert.notEqual(await pages.background(), light);
  await pages.page.reload();
  await pages.hydrated();
  assert.equal(await button("Dark").getAttribute("aria-pressed"), "true");
  await button("As the system").click();
  assert.equal(await pages.theme(), null);
  assert.equal(await pages.background(), light);
  await pages.page.reload();
  await pages.hydrated();
  assert.equal(await button("As the system").getAttribute("aria-pressed"), "true");
});

test("keys lead to pages and tell of themselves", async (t) => {
  const server = await Server.start(t);
  const pages = new OverviewPage(await openPage(t), server);
  await pages.open();
  const { keyboard } = pages.page;
  for (const [letter, path] of [["s", "/settings"], ["g", "/graph"], ["a", "/analyze"], ["o", "/"]]) {
    await keyboard.press("g");
    await keyboard.press(letter);
    await pages.page.waitForURL(server.url + path);
  }
  await keyboard.press("?");
  const help = pages.byTestId("key-help");
  await help.waitFor();
  assert.match(await help.textContent(), /Settings.*Write a question/s);
  await checkAccessibility(pages.page);
  await keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
  await pages.goto("/analyze");
  await pages.hydrated();
  await pages.byTestId("paste").focus();
  await keyboard.type("gs/?");
  assert.equal(await pages.byTestId("paste").inputValue(), "gs/?", "what is written is no key");
  assert.equal(new URL(pages.page.url()).pathname, "/analyze");
});

for (const theme of THEMES) {
  test(`axe finds nothing wrong with the settings in ${theme}, and they fit`, async (t) => {
    const server = await Server.start(t);
    await server.ingest(event());
    const pages = new AccountPages(await openPage(t, { theme }), server);
    await pages.setUp(ADMINISTRATOR);
    for (const viewport of [DESKTOP, PHONE]) {
      await pages.page.setViewportSize(viewport);
      await checkFitsWidth(pages.page);
      await checkAccessibility(pages.page);
    }
  });
}
