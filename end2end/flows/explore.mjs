// Looking for events: what is asked, what is found, and what is done with it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { AccountPages, ExplorePage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const ANN = { email: "ann@example.org", password: "correct horse battery" };
const HOSTILE = '"><img src=x onerror="globalThis.attacked = true">';
const MANY = 25_000;

const openPage = useBrowser();

/** A page about these events, and who reads it. */
async function explorer(t, events, options = {}) {
  const server = await Server.start(t);
  if (events.length > 0) await server.ingest(...events);
  const page = await openPage(t, options);
  return new ExplorePage(page, server);
}

/** As the administrator, with the public collection in view. */
async function logIn({ page, server }) {
  const pages = new AccountPages(page, server);
  await pages.setUp(ANN);
  await pages.choose("public");
}

function minutesAgo(minutes, fields) {
  return event({ timestamp: new Date(Date.now() - minutes * 60_000).toISOString(), ...fields });
}

function some() {
  return [
    minutesAgo(5, { hostname: "web-1", message: "upstream timed out", level: "error" }),
    minutesAgo(4, { hostname: "web-2", message: "request served" }),
    minutesAgo(3, { hostname: "web-2", message: "request served" }),
    minutesAgo(2, { hostname: "db 1", message: "checkpoint complete", fields: { LogonType: "3" } }),
  ];
}

test("without scripts the answer to a question is on the page", async (t) => {
  const explore = await explorer(t, some(), { hasScripts: false });
  await explore.open("?q=request", { isHydrated: false });
  assert.deepEqual(await explore.messages(), ["request served", "request served"]);
  assert.match(await explore.count(), /^2 events/);
});

test("a question is asked, and a wrong one says where", async (t) => {
  const explore = await explorer(t, some());
  await explore.open();
  await explore.page.waitForFunction(() => document.querySelectorAll('[data-testid="event-row"]').length === 4);
  await explore.ask("host:web* -served");
  await explore.rowsAre(["upstream timed out"]);
  assert.equal(explore.parameter("q"), "host:web* -served");

  await explore.ask("host:web severity:loud");
  const error = explore.byTestId("question-error");
  await error.locator("mark").waitFor();
  assert.match(await error.textContent(), /At character 10: severity is one of safe, low, medium, high, critical, not "loud"/);
  assert.equal(await error.locator("mark").textContent(), "severity:loud");
  assert.equal(await explore.rows().count(), 0, "no answer to another question is left");
  await checkAccessibility(explore.page);

  await explore.ask("nothing-is-like-this");
  await explore.byTestId("nothing-found").waitFor();
  await explore.page.goBack();
  await error.locator("mark").waitFor();
});

test("a question is completed from what is in the data", async (t) => {
  const explore = await explorer(t, some());
  await explore.open();
  const question = explore.byTestId("question");
  await question.click();
  await question.pressSequentially("-hos");
  const options = explore.byTestId("choices").locator("[role=option]");
  await options.filter({ hasText: "host" }).first().waitFor();
  await explore.page.keyboard.press("ArrowDown");
  await explore.page.keyboard.press("Enter");
  assert.equal(await question.inputValue(), "-host:");
  await options.filter({ hasText: "db 1" }).waitFor();
  await question.pressSequentially("db");
  await explore.page.waitForFunction(() => document.querySelectorAll('[data-testid="choices"] [role=option]').length === 1);
  await explore.page.keyboard.press("ArrowDown");
  await explore.page.keyboard.press("Enter");
  assert.equal(await question.inputValue(), '-host="db 1" ');
  await explore.page.keyboard.press("Enter");
  await explore.rowsAre(["request served", "request served", "upstream timed out"]);
});

test("a value is asked for, or all but it, and the address says so", async (t) => {
  const explore = await explorer(t, some());
  await explore.open();
  await explore.facet("host", "Only host web-2").click();
  await explore.rowsAre(["request served", "request served"]);
  assert.equal(explore.parameter("q"), 'host="web-2"');
  await explore.page.waitForFunction(() => document.querySelector('[data-facet="host"] [aria-pressed="true"]'));
  await explore.facet("host", "Only host web-2").click();
  await explore.page.waitForFunction(() => document.querySelectorAll('[data-testid="event-row"]').length === 4);
  assert.equal(explore.parameter("q"), "");
  await explore.facet("host", "All but host web-2").click();
  await explore.rowsAre(["checkpoint complete", "upstream timed out"]);
  assert.equal(explore.parameter("q"), '-host="web-2"');
});

test("rows are put in another order, and columns are chosen", async (t) => {
  const explore = await explorer(t, some());
  await explore.open();
  await explore.page.locator('[data-sort="oldest"]').click();
  await explore.rowsAre(["upstream timed out", "request served", "request served", "checkpoint complete"]);
  assert.equal(explore.parameter("sort"), "oldest");
  await explore.page.locator('[data-sort="rarity"]').click();
  await explore.page.waitForFunction(() => [...document.querySelectorAll('[data-testid="message"]')].at(-1)?.textContent === "request served");
  await explore.page.locator("summary", { hasText: "Columns" }).click();
  await explore.page.locator('[data-column="level"]').check();
  await explore.rows().locator('[data-testid="level"]', { hasText: "error" }).waitFor();
  assert.equal(explore.parameter("columns"), "severity,host,source,level,message,score,reason");
});

test("an event is opened and closed with the keyboard", async (t) => {
  const explore = await explorer(t, some());
  await explore.open();
  await explore.page.waitForFunction(() => document.querySelectorAll('[data-testid="event-row"]').length === 4);
  await explore.page.keyboard.press("j");
  await explore.page.keyboard.press("j");
  await explore.page.waitForFunction(() => document.activeElement.id === "row-1");
  await explore.page.keyboard.press("Enter");
  const detail = explore.byTestId("detail");
  await detail.locator('[data-testid="detail-message"]', { hasText: "request served" }).waitFor();
  await explore.page.waitForFunction(() => document.activeElement.id === "detail-title");
  const opened = explore.parameter("event");
  assert.match(opened, /^\d+$/);
  await explore.page.keyboard.press("k");
  await detail.locator('[data-testid="detail-message"]', { hasText: "checkpoint complete" }).waitFor();
  assert.match(await detail.textContent(), /LogonType/);
  await checkAccessibility(explore.page);
  const link = explore.page.url();
  await explore.page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
  assert.equal(explore.parameter("event"), "");
  await explore.page.goto(link);
  await explore.hydrated();
  await detail.locator('[data-testid="detail-message"]', { hasText: "checkpoint complete" }).waitFor();
});

test("what an analyst says of an event is stored, shown and found", async (t) => {
  const explore = await explorer(t, some());
  await logIn(explore);
  await explore.open("?q=timed");
  await explore.rows().first().click();
  await explore.byTestId("verdict-suspicious").click();
  await explore.page.waitForSelector('[data-testid="verdict-suspicious"][aria-pressed="true"]');
  await explore.page.reload();
  await explore.hydrated();
  await explore.page.waitForSelector('[data-testid="verdict-suspicious"][aria-pressed="true"]');
  await explore.ask("verdict:suspicious");
  await explore.rowsAre(["upstream timed out"]);
  await explore.byTestId("verdict-suspicious").click();
  await explore.byTestId("nothing-found").waitFor();
});

test("who only reads is told who judges", async (t) => {
  const explore = await explorer(t, some());
  await explore.open();
  await explore.rows().first().click();
  await explore.byTestId("verdicts").getByText("Nobody judged it.").waitFor();
  assert.equal(await explore.byTestId("verdict-suspicious").count(), 0);
});

test("a saved search comes back by its link", async (t) => {
  const explore = await explorer(t, some());
  await logIn(explore);
  await explore.open("?q=host%3Aweb*&range=24h&sort=oldest");
  await explore.page.locator("summary", { hasText: "Saved" }).click();
  await explore.page.locator('[data-testid="saved-menu"] input[name="name"]').fill("Web servers");
  await explore.byTestId("save-search").click();
  const saved = explore.byTestId("saved").getByText("Web servers");
  await saved.waitFor();
  await explore.open();
  await explore.page.locator("summary", { hasText: "Saved" }).click();
  await saved.click();
  await explore.rowsAre(["upstream timed out", "request served", "request served"]);
  assert.deepEqual(["q", "range", "sort"].map((name) => explore.parameter(name)), ["host:web*", "24h", "oldest"]);
  assert.equal(await explore.byTestId("saved-menu").isVisible(), false, "whoever follows a link needs the menu no more");
  await explore.page.locator("summary", { hasText: "Saved" }).click();
  await explore.page.getByRole("button", { name: "Remove Web servers" }).click();
  await explore.byTestId("saved-menu").getByText("Nothing is saved yet.").waitFor();
});

test("what is found is downloaded as a table and as lines", async (t) => {
  const formula = "=1+1 request";
  const explore = await explorer(t, [...some(), minutesAgo(1, { message: formula })]);
  await explore.open("?q=request");
  const file = async (name) => {
    await explore.page.locator("summary", { hasText: "Export" }).click();
    const downloading = explore.page.waitForEvent("download");
    await explore.byTestId(name).click();
    return readFileSync(await (await downloading).path(), "utf8");
  };
  const table = (await file("export-csv")).trim().split(/\r?\n/);
  assert.equal(table.length, 4, table.join("\n"));
  assert.ok(table.some((line) => line.includes(`'${formula}`)), "a formula is text");
  const lines = (await file("export-jsonl")).trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => line.scored.event.message), [formula, "request served", "request served"]);
});

test("the link to what is shown is copied", async (t) => {
  const explore = await explorer(t, some());
  await explore.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await explore.open("?q=request");
  await explore.byTestId("copy-link").click();
  await explore.byTestId("copied").getByText("Copied").waitFor();
  assert.equal(await explore.page.evaluate(() => navigator.clipboard.readText()), explore.page.url());
});

test("a time of the reader's own is shown", async (t) => {
  const explore = await explorer(t, [event({ timestamp: "2026-03-01T08:30:00Z", message: "in spring" }), event()]);
  await explore.open();
  await explore.byTestId("range-open").click();
  await explore.byTestId("range-from").fill("2026-03-01T08:00");
  await explore.byTestId("range-to").fill("2026-03-01T09:00");
  await explore.byTestId("range-apply").click();
  await explore.rowsAre(["in spring"]);
  assert.equal(explore.parameter("range"), "1772352000000-1772355600000");
});

test("what comes stands on top, waits while the reader pauses, and moves the count", async (t) => {
  const explore = await explorer(t, [event({ message: "first" })]);
  await explore.open("?q=-unwanted");
  await explore.live();
  await explore.page.locator("#row-0").focus();
  await explore.server.ingest(event({ message: "second" }), event({ message: "unwanted" }));
  await explore.rowsAre(["second", "first"]);
  assert.equal(await explore.page.evaluate(() => document.activeElement.id), "row-0", "what comes takes the focus from nobody");
  await explore.page.waitForFunction(() => document.querySelector('[data-testid="count"]').textContent.startsWith("2 events"));
  await explore.byTestId("pause").click();
  await explore.server.ingest(event({ message: "third" }));
  await explore.byTestId("new").getByText("1 new").waitFor();
  assert.deepEqual(await explore.messages(), ["second", "first"]);
  await explore.page.waitForFunction(() => document.querySelector('[data-testid="count"]').textContent.startsWith("3 events"));
  await explore.byTestId("new").click();
  await explore.rowsAre(["third", "second", "first"]);
  await explore.byTestId("pause").click();
  await explore.server.ingest(event({ message: "fourth" }));
  await explore.rowsAre(["fourth", "third", "second", "first"]);
});

test("a long table is scrolled to its far end while the page holds few of its rows", async (t) => {
  const explore = await explorer(t, []);
  const start = Date.now() - 50 * 60_000;
  for (let batch = 0; batch < MANY; batch += 5_000) {
    const events = Array.from({ length: 5_000 }, (_, index) => {
      const number = batch + index;
      return event({ timestamp: new Date(start + number * 100).toISOString(), message: `number ${number}` });
    });
    await explore.server.ingest(...events);
  }
  await explore.open();
  await explore.rowSaying(`number ${MANY - 1}`).waitFor();
  const scroller = explore.byTestId("scroller");
  await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await explore.page.getByText("number 0", { exact: true }).waitFor();
  assert.ok((await explore.page.locator('[data-testid="found"] tr').count()) < 200, "few rows are in the page");
  // The middle is reached without all that lies before it.
  await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
  await explore.page.waitForFunction((middle) => {
    const rows = [...document.querySelectorAll('[data-testid="event-row"] [data-testid="message"]')];
    return rows.length > 20 && rows.every((row) => Math.abs(Number(row.textContent.split(" ")[1]) - middle) < 500);
  }, MANY / 2);
  const numbers = (await explore.messages()).map((message) => Number(message.split(" ")[1]));
  assert.ok(numbers.every((number, at) => at === 0 || number === numbers[at - 1] - 1), `one after the other: ${numbers}`);
  const middle = numbers[Math.floor(numbers.length / 2)];
  assert.ok(Math.abs(middle - MANY / 2) < 200, `${middle} is in the middle`);
  await scroller.evaluate((element) => element.scrollTo(0, 0));
  await explore.rowSaying(`number ${MANY - 1}`).waitFor();
});

test("hostile text is text in every part of the page", async (t) => {
  const hostile = event({ hostname: HOSTILE, source: HOSTILE, user: HOSTILE, address: HOSTILE, channel: HOSTILE, message: HOSTILE, level: HOSTILE, fields: { [HOSTILE]: HOSTILE } });
  const explore = await explorer(t, [hostile]);
  await explore.open();
  await explore.facet("host", `Only host ${HOSTILE}`).click();
  await explore.page.waitForFunction(() => new URLSearchParams(location.search).get("q")?.startsWith("host="));
  await explore.rowsAre([HOSTILE]);
  await explore.rows().first().click();
  await explore.byTestId("detail-message").getByText(HOSTILE).waitFor();
  assert.equal(await explore.page.evaluate(() => globalThis.attacked), undefined, "foreign code ran");
  assert.equal(await explore.page.locator("main img").count(), 0, "foreign elements on the page");
});

test("a server that is away is said to be, and asked again", async (t) => {
  const explore = await explorer(t, some());
  explore.page.console.expect(/net::ERR_|Failed to load resource/);
  await explore.open();
  await explore.page.route("**/api/fn/events*", (route) => route.abort());
  await explore.ask("request");
  await explore.byTestId("try-again").first().waitFor();
  assert.equal(await explore.rows().count(), 0, "no answer to another question is left");
  await explore.page.unroute("**/api/fn/events*");
  await explore.byTestId("try-again").first().click();
  await explore.rowsAre(["request served", "request served"]);
});

for (const theme of THEMES) {
  test(`axe finds nothing wrong with the page in ${theme}, wide or narrow`, async (t) => {
    const attack = minutesAgo(1, { message: `${"\u0001x".repeat(400)} DROP TABLE`, level: "Critical", hostname: "a-host-with-a-name-that-does-not-break".repeat(3) });
    const explore = await explorer(t, [...some(), attack], { theme });
    await explore.open();
    await explore.rows().first().click();
    await explore.byTestId("detail-message").waitFor();
    for (const viewport of [DESKTOP, PHONE]) {
      await explore.page.setViewportSize(viewport);
      await checkFitsWidth(explore.page);
      await checkAccessibility(explore.page);
    }
    await explore.page.keyboard.press("Escape");
    await explore.byTestId("detail").waitFor({ state: "detached" });
    await checkFitsWidth(explore.page);
    await checkAccessibility(explore.page);
    await explore.page.getByRole("button", { name: "Filters" }).click();
    await checkAccessibility(explore.page);
  });
}
