// Everybody gets in: screen readers, keyboards, small windows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { AnalyzePage, OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const ATTACK_LINE = "2026-03-01 03:30:00 [ERROR] auth - ' UNION SELECT password FROM users -- ../../etc/passwd";

const openPage = useBrowser();

/** Every page in the state in which there is most to see. */
const PAGES = {
  "the overview": async (page, server) => {
    await server.ingest(event(), event({ message: `${"\u0001x".repeat(400)} DROP TABLE`, level: "Critical" }), event({ source: "a-source-with-a-name-that-does-not-break".repeat(3) }));
    await new OverviewPage(page, server).open();
    await page.locator('[data-testid="timeline"] canvas, [data-testid="timeline"] svg').first().waitFor();
  },
  "the empty overview": async (page, server) => {
    await new OverviewPage(page, server).open();
  },
  "the analysis": async (page, server) => {
    const analyze = new AnalyzePage(page, server);
    await analyze.open();
    await analyze.score(`${ATTACK_LINE}\n{"broken":`);
    await analyze.results();
  },
  "the page that is not there": async (page, server) => {
    page.console.expect(/the server responded with a status of 404/);
    const overview = new OverviewPage(page, server);
    await overview.goto("/nowhere");
    await overview.hydrated();
  },
};

for (const [name, open] of Object.entries(PAGES)) {
  for (const theme of THEMES) {
    test(`axe finds nothing wrong with ${name} in ${theme}, wide or narrow`, async (t) => {
      const server = await Server.start(t);
      const page = await openPage(t, { theme });
      await open(page, server);
      for (const viewport of [DESKTOP, PHONE]) {
        await page.setViewportSize(viewport);
        await checkFitsWidth(page);
        await checkAccessibility(page);
      }
    });
  }
}

test("the overview fits a window of 1280 by 720 without scrolling", async (t) => {
  const server = await Server.start(t, { isDemo: true });
  const page = await openPage(t);
  const overview = new OverviewPage(page, server);
  await overview.open();
  await overview.rows().nth(9).waitFor();
  const hidden = await page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight);
  assert.ok(hidden <= 0, `${hidden} px are below the window`);
});

test("everything on the overview is reached with the keyboard, and seen when it is", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event());
  const page = await openPage(t);
  const overview = new OverviewPage(page, server);
  await overview.open();

  const reached = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const name = element.dataset.testid ?? element.dataset.range ?? element.getAttribute("href") ?? element.className ?? element.tagName;
      return { name, isSeen: (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none" };
    });
    if (!focus) break;
    assert.ok(focus.isSeen, `${focus.name} has the focus and does not show it`);
    reached.push(focus.name);
  }
  assert.equal(reached[0], "#main", "the first stop leads to the content");
  for (const name of ["/", "/analyze", "theme", "15m", "1h", "24h", "7d", "table-scroll"]) {
    assert.ok(reached.includes(name), `${name} is not reached: ${reached.join(", ")}`);
  }
});

test("a theme and a range are chosen with the keyboard", async (t) => {
  const server = await Server.start(t);
  const page = await openPage(t, { theme: "light" });
  const overview = new OverviewPage(page, server);
  await overview.open({ show: "" });
  await overview.byTestId("theme").focus();
  await page.keyboard.press("Enter");
  assert.equal(await overview.theme(), "dark");
  await page.locator('a[data-range="24h"]').focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/?range=24h");
});
