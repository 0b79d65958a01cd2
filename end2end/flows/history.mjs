// The past year at a glance.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { HistoryPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const WIDE = { width: 1920, height: 1080 };
const DAY = 86_400_000;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const openPage = useBrowser();

/** Midnight so many days ago, in UTC. */
function midnight(daysAgo) {
  return new Date(Math.floor(Date.now() / DAY) * DAY - daysAgo * DAY);
}

function named(date) {
  return `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** So many events at an hour of a day. */
function eventsAt(daysAgo, hour, count) {
  const at = (index) => new Date(midnight(daysAgo).getTime() + hour * 3_600_000 + index * 1000).toISOString();
  return Array.from({ length: count }, (_, index) => event({ timestamp: at(index), message: `event ${index}` }));
}

function range(link) {
  return new URL(link, "http://x").searchParams.get("range");
}

test("each day says its numbers and leads to its range", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...eventsAt(100, 3, 2), ...eventsAt(20, 7, 40));
  const history = new HistoryPage(await openPage(t), server);
  await history.open();
  const day = history.cell("days-events", `${named(midnight(20))}: 40 events`);
  assert.equal(await day.getAttribute("class"), "level-5");
  assert.equal(await history.cell("days-events", `${named(midnight(100))}: 2 events`).getAttribute("class"), "level-2");
  assert.equal(await history.cell("days-events", named(midnight(101))).count(), 0, "of the time before nothing is known");
  const from = midnight(20).getTime();
  assert.equal(range(await day.getAttribute("href")), `${from}-${from + DAY}`);
  await day.click();
  await history.page.waitForURL((url) => url.pathname === "/" && range(url) === `${from}-${from + DAY}`);
  assert.equal(await history.counterWhere("events", (count) => count === 40), 40);
});

test("arrow keys go from day to day, and Enter to its range", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...eventsAt(30, 7, 3));
  const history = new HistoryPage(await openPage(t), server);
  await history.open();
  const today = history.cell("days-events", named(midnight(0)));
  await today.focus();
  await history.page.keyboard.press("ArrowLeft");
  const label = () => history.page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.match(await label(), new RegExp(`^${named(midnight(7))}: 0 events`));
  await history.page.keyboard.press("ArrowRight");
  assert.match(await label(), new RegExp(`^${named(midnight(0))}`));
  await history.page.keyboard.press("Enter");
  await history.page.waitForURL((url) => url.pathname === "/" && range(url) === `${midnight(0).getTime()}-${midnight(-1).getTime()}`);
});

test("the hours are those of the week in the address", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...eventsAt(21, 7, 5));
  const history = new HistoryPage(await openPage(t), server);
  await history.open();
  await history.byTestId("hours").getByText("0 events, 0 anomalies", { exact: true }).waitFor();
  for (let week = 0; week < 3; week += 1) await history.page.getByRole("link", { name: "Earlier week" }).click();
  await history.byTestId("week-counts").filter({ hasText: "5 events" }).waitFor();
  const hour = history.cell("hours-events", `${named(midnight(21))}, 07:00 to 08:00: 5 events`);
  const from = midnight(21).getTime() + 7 * 3_600_000;
  assert.equal(range(await hour.getAttribute("href")), `${from}-${from + 3_600_000}`);
  await history.page.reload();
  await history.hydrated();
  await hour.waitFor();
  const explore = await history.byTestId("week-explore").getAttribute("href");
  assert.match(explore, /^\/explore\?/);
  assert.match(range(explore), /^\d+-\d+$/);
});

test("days are those of the reader, in zones of half an hour too", async (t) => {
  const server = await Server.start(t);
  // 18:40 in London is 00:10 of the next day in Kolkata.
  const at = new Date(midnight(10).getTime() + 18 * 3_600_000 + 40 * 60_000).toISOString();
  await server.ingest(event({ timestamp: at }));
  const page = await openPage(t, { zone: "Asia/Kolkata" });
  const history = new HistoryPage(page, server);
  await history.open();
  const day = history.cell("days-events", `${named(midnight(9))}: 1 event,`);
  await day.waitFor();
  const from = midnight(9).getTime() - 5.5 * 3_600_000;
  assert.equal(range(await day.getAttribute("href")), `${from}-${from + DAY}`);
});

test("an empty collection says what will be here", async (t) => {
  const server = await Server.start(t);
  const history = new HistoryPage(await openPage(t), server);
  await history.open();
  await history.byTestId("nothing").waitFor();
});

for (const theme of THEMES) {
  test(`axe finds nothing wrong with the history in ${theme}, and it fits any window`, async (t) => {
    const server = await Server.start(t);
    await server.ingest(...eventsAt(300, 3, 2), ...eventsAt(20, 7, 40), ...eventsAt(1, 7, 9));
    const page = await openPage(t, { theme });
    const history = new HistoryPage(page, server);
    await history.open();
    for (const viewport of [DESKTOP, WIDE, PHONE]) {
      await page.setViewportSize(viewport);
      await checkFitsWidth(page);
      await checkAccessibility(page);
    }
  });
}
