// The way of somebody who looks for a cause, without a pointer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { AccountPages, ExplorePage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const ANN = { email: "ann@example.org", password: "correct horse battery" };
const ATTACK = "' UNION SELECT password FROM users; DROP TABLE users; -- \u0001\u0002\u0003".repeat(20);
const STOPS_MAX = 150;

const openPage = useBrowser();

test("a spike is seen, zoomed into, filtered, opened, judged, saved, and found again by its link, all with keys", async (t) => {
  const server = await Server.start(t);
  const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const quiet = Array.from({ length: 50 }, (_, index) => event({ timestamp: minutesAgo(55 - index), hostname: `WS-0${10 + (index % 5)}` }));
  const spike = Array.from({ length: 40 }, (_, index) => event({ timestamp: minutesAgo(30), hostname: "WEB-01", level: "Critical", message: `${index} ${ATTACK}` }));
  const beside = Array.from({ length: 10 }, () => event({ timestamp: minutesAgo(30), hostname: "WEB-02", level: "Critical", message: `${Math.random()} ${ATTACK}` }));
  await server.ingest(...quiet, ...spike, ...beside);

  const page = await openPage(t);
  const accounts = new AccountPages(page, server);
  await accounts.setUp(ANN);
  await accounts.choose("public");
  const explore = new ExplorePage(page, server);
  const { keyboard } = page;
  await accounts.goto("/");
  await explore.hydrated();

  /** Tabs on until it is on something that matches. */
  const reach = async (selector, key = "Tab") => {
    for (let stop = 0; stop < STOPS_MAX; stop += 1) {
      if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
      await keyboard.press(key);
    }
    throw new Error(`${selector} is not reached with ${key}`);
  };

  // A spike is seen: who goes along the timeline hears of it.
  await keyboard.press("g");
  await keyboard.press("e");
  await page.waitForURL("**/explore");
  await page.locator('[data-testid="timeline"] canvas').first().waitFor();
  await reach('[data-testid="time-cursor"]');
  const heard = () => page.getAttribute('[data-testid="time-cursor"]', "aria-valuetext");
  for (let bar = 0; bar < 100; bar += 1) {
    await keyboard.press("ArrowLeft");
    if (/: (\d+) events/.exec(await heard())?.[1] >= 50) break;
  }
  assert.match(await heard(), /^\d\d-\d\d \d\d:\d\d:\d\d to \d\d:\d\d:\d\d: 5\d events, [1-9]\d* unusual$/);
  assert.ok(await page.locator(".chart-tooltip").isVisible(), "who sees the page sees the numbers, too");
  await keyboard.press("Shift+ArrowLeft");
  await keyboard.press("Shift+ArrowRight");

  // Zoomed into.
  await keyboard.press("Enter");
  await page.waitForURL(/range=\d+-\d+/);
  await page.waitForFunction(() => /^5\d events/.test(document.querySelector('[data-testid="count"]').textContent));

  // Filtered, by what is in the data.
  await keyboard.press("/");
  await keyboard.type("host:web-01");
  await keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector('[data-testid="count"]').textContent.startsWith("40 events"));

  // Opened and judged.
  await reach("#main, body", "Escape");
  await keyboard.press("j");
  await keyboard.press("j");
  await keyboard.press("Enter");
  await page.locator('[data-testid="detail-message"]').waitFor();
  await reach('[data-testid="verdict-suspicious"]');
  await keyboard.press("Enter");
  await page.waitForSelector('[data-testid="verdict-suspicious"][aria-pressed="true"]');
  await keyboard.press("Escape");
  await explore.byTestId("detail").waitFor({ state: "detached" });

  // Saved.
  await page.evaluate(() => document.activeElement?.blur());
  await reach('[data-testid="saved-menu"] input, details:has([data-testid="saved-menu"]) > summary');
  await keyboard.press("Enter");
  await reach('[data-testid="saved-menu"] input[name="name"]');
  await keyboard.type("What hit WEB-01");
  await keyboard.press("Enter");
  await explore.byTestId("saved").getByText("What hit WEB-01").waitFor();
  const link = page.url();

  // Found again, from another page, by the link that was saved.
  await keyboard.press("Escape");
  await keyboard.press("g");
  await keyboard.press("o");
  await page.waitForURL(`${server.url}/`);
  await keyboard.press("g");
  await keyboard.press("e");
  await page.waitForURL("**/explore");
  await reach('details:has([data-testid="saved-menu"]) > summary');
  await keyboard.press("Enter");
  await reach('[data-testid="saved"] a');
  await keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector('[data-testid="count"]').textContent.startsWith("40 events"));
  const parameters = (url) => ["q", "range"].map((name) => new URL(url).searchParams.get(name));
  assert.deepEqual(parameters(page.url()), parameters(link));
  await explore.ask("host:web-01 verdict:suspicious");
  await page.waitForFunction(() => document.querySelector('[data-testid="count"]').textContent.startsWith("1 event"));
});
