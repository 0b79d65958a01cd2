// Every page with two weeks of logs in it, at a time that stands still: how it looks, that everybody can use it, and that it fits.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, LARGE, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { fill } from "../support/made_up.mjs";
import { AccountPages } from "../support/pages.mjs";
import { fakeClock, Server } from "../support/server.mjs";
import { checkLooks, unlikeness } from "../support/snapshots.mjs";

const NOW = new Date("2026-03-11T15:20:00Z");
const ADMINISTRATOR = { email: "ann@example.org", password: "correct horse battery" };

const openPage = useBrowser();

/** Where a page is, and what is there when it has all that it shows. */
const PAGES = {
  overview: { path: "/?range=24h", ready: ['[data-testid="timeline"] canvas', '[data-testid="scores"] canvas', '[data-testid="event-row"]'], fits: true },
  explore: { path: "/explore?range=24h&q=severity%3A%3E%3Dlow&sort=score", ready: ['[data-testid="timeline"] canvas', '[data-testid="event-row"]', '[data-testid="facets"] li'] },
  event: { path: "/explore?range=24h&q=severity%3A%3E%3Dlow&sort=score", ready: ['[data-testid="timeline"] canvas', '[data-testid="event-row"]'], act: openFirst },
  patterns: { path: "/patterns?range=7d", ready: ['[data-testid="pattern"]'] },
  graph: { path: "/graph?range=24h", ready: ['[data-testid="graph"] canvas'] },
  history: { path: "/history", ready: ['[data-testid="days-events"] td a'] },
  settings: { path: "/settings", ready: ['[data-testid="trial"]'] },
  analyze: { path: "/analyze", ready: ['[data-testid="paste"]'] },
};

async function openFirst(page) {
  await page.locator('[data-testid="event-row"]').first().click();
  await page.locator('[data-testid="detail-message"]').waitFor();
}

/** A server of that moment, with the logs, and a page of its administrator. */
async function atThatMoment(t, theme) {
  const server = await Server.start(t, { now: NOW });
  await fill(server, server.folder, NOW);
  const pages = new AccountPages(await openPage(t, { theme, now: NOW }), server);
  await pages.setUp(ADMINISTRATOR);
  await pages.choose("public");
  return pages;
}

for (const theme of THEMES) {
  test(`every page looks as it should, in ${theme}`, async (t) => {
    if (!fakeClock()) return t.skip("libfaketime, which stops a server's clock, is not here");
    const pages = await atThatMoment(t, theme);
    const unlike = await unlikeness(pages.page);
    // The rest is checked all the same, and the count shows what is not.
    if (unlike) await t.test(`looks are compared, in ${theme}`, { skip: unlike }, () => {});
    for (const [name, { path, ready, act, fits }] of Object.entries(PAGES)) {
      for (const [size, viewport] of Object.entries({ large: LARGE, desktop: DESKTOP, phone: PHONE })) {
        await pages.page.setViewportSize(viewport);
        await pages.goto(path);
        await pages.hydrated();
        // On a phone some of it waits behind a button.
        for (const part of ready) await pages.page.locator(part).first().waitFor({ state: "attached" });
        await act?.(pages.page);
        await checkFitsWidth(pages.page);
        await checkAccessibility(pages.page);
        if (fits && viewport !== PHONE) {
          const hidden = await pages.page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight);
          assert.ok(hidden <= 0, `${hidden} px of ${name} are below the window`);
        }
        // The large one differs by its room alone, and the phone's by little between themes.
        const isCompared = viewport === DESKTOP || (viewport === PHONE && theme === "dark");
        if (!unlike && isCompared) await checkLooks(pages.page, `${name}-${theme}-${size}`);
      }
    }
  });
}
