// Whoever writes a log line writes on this page. They must not get further than that.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LARGE, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { AccountPages, AnalyzePage, OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const ATTACKS = [
  "<script>globalThis.attacked = true</script>",
  '"><img src=x onerror="globalThis.attacked = true">',
  "</script><script>globalThis.attacked = true</script>",
  "<!--</title><svg onload=globalThis.attacked=true>",
  "</template></textarea><iframe srcdoc='<script>parent.attacked=true</script>'></iframe>",
  "javascript:globalThis.attacked=true",
  "{{constructor.constructor('globalThis.attacked=true')()}}",
  "\u001b[2J\u001b]0;attacked\u0007\u001b[31mred",
  "\u202eevil\u202c \u0000 \u2028 \ufeff end",
];

const openPage = useBrowser();

/** An event that attacks with every field it has. */
function hostile(attack, message) {
  return event({
    hostname: attack,
    source: attack,
    os_type: attack,
    level: attack,
    message: `${message} ${attack}`,
    collector: attack,
    channel: attack,
    user: attack,
    address: attack,
    record_id: `${message} ${attack}`,
    fields: { [attack]: attack },
  });
}

function watch(page, server) {
  const foreign = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  page.on("dialog", (dialog) => {
    foreign.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return foreign;
}

async function checkUnharmed(page, foreign) {
  assert.equal(await page.evaluate(() => globalThis.attacked), undefined, "foreign code ran");
  assert.equal(await page.locator("main iframe, main script:not([nonce]), main img").count(), 0, "foreign elements on the page");
  assert.deepEqual(foreign, [], "the page asked somewhere else");
}

test("hostile text is shown as text, rendered by the server and arriving live", async (t) => {
  const server = await Server.start(t);
  await server.ingest(...ATTACKS.map((attack, index) => hostile(attack, `stored ${index}`)));
  const page = await openPage(t);
  const foreign = watch(page, server);
  const overview = new OverviewPage(page, server);
  await overview.open();
  await overview.live();
  await server.ingest(...ATTACKS.map((attack, index) => hostile(attack, `live ${index}`)));
  await overview.rowSaying(`live ${ATTACKS.length - 1}`).waitFor();

  assert.equal(await overview.rows().count(), 2 * ATTACKS.length);
  for (const attack of ATTACKS.filter((attack) => attack.startsWith("<"))) {
    for (const when of ["stored", "live"]) {
      const row = overview.rows().filter({ hasText: `${when} ${ATTACKS.indexOf(attack)} ` });
      for (const name of ["host", "source"]) {
        assert.equal(await row.locator(`[data-testid="${name}"]`).textContent(), attack);
      }
    }
  }
  const text = await overview.byTestId("events").textContent();
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]/, "a character that acts is shown as one that does not");
  await checkUnharmed(page, foreign);
});

/** Every page that shows something of an event, and what is there when it does. */
const PAGES = {
  "/": ['[data-testid="event-row"]', '[data-testid="top-hosts"] li', '[data-testid="timeline"] canvas'],
  "/explore": ['[data-testid="event-row"]', '[data-testid="facets"] li'],
  "/patterns": ['[data-testid="pattern"]'],
  "/graph": ['[data-testid="graph"] canvas', '[data-testid="busy-addresses"]'],
  "/history": ['[data-testid="days-events"] td a'],
  "/settings": ['[data-testid="trial"]'],
};

test("hostile text in every field of an event is text on every page, with its details, lists and tables open", async (t) => {
  const server = await Server.start(t);
  for (const round of [1, 2, 3]) await server.ingest(...ATTACKS.map((attack, index) => hostile(attack, `round ${round} of ${index}`)));
  const page = await openPage(t, { viewport: LARGE });
  const foreign = watch(page, server);
  const pages = new AccountPages(page, server);
  await pages.setUp({ email: "ann@example.org", password: "correct horse battery" });
  await pages.choose("public");
  for (const [path, parts] of Object.entries(PAGES)) {
    await pages.goto(path);
    await pages.hydrated();
    for (const part of parts) await page.locator(part).first().waitFor();
    for (const table of await page.locator('[data-testid="as-table"]').all()) await table.click();
    await checkUnharmed(page, foreign);
    const text = await page.locator("main").textContent();
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]/, `a character acts on ${path}`);
  }
  // The details of each event, the searches for each of its values, and what is completed from them.
  await pages.goto("/explore");
  await pages.hydrated();
  for (let index = 0; index < ATTACKS.length; index += 1) {
    await page.locator('[data-testid="event-row"]').nth(index).click();
    await page.locator('[data-testid="detail-message"]').waitFor();
    await checkUnharmed(page, foreign);
  }
  await page.locator('[data-testid="question"]').fill("host:");
  await page.locator('[data-testid="choices"] [role=option]').first().waitFor();
  await checkUnharmed(page, foreign);
  for (let index = 0; index < ATTACKS.length; index += 1) {
    await pages.goto(`/explore?q=${encodeURIComponent(ATTACKS[index])}&columns=${encodeURIComponent(ATTACKS[index])}&sort=${encodeURIComponent(ATTACKS[index])}`);
    await pages.hydrated();
    await checkUnharmed(page, foreign);
  }
  await page.locator("summary", { hasText: "Saved" }).click();
  await page.locator('[data-testid="saved-menu"] input[name="name"]').fill(ATTACKS[1]);
  await page.locator('[data-testid="save-search"]').click();
  await page.locator('[data-testid="saved"]').getByText(ATTACKS[1]).waitFor();
  await checkUnharmed(page, foreign);
});

test("hostile text that is pasted is shown as text", async (t) => {
  const server = await Server.start(t);
  const page = await openPage(t);
  const foreign = watch(page, server);
  const analyze = new AnalyzePage(page, server);
  await analyze.open();
  await analyze.score(ATTACKS.map((attack) => attack.replace(/[\r\n\u0000]/g, " ")).join("\n"));
  assert.ok((await analyze.results()).length > 0);
  await checkUnharmed(page, foreign);
});

test("a hostile address is answered with a page that holds none of it", async (t) => {
  const server = await Server.start(t);
  const page = await openPage(t);
  const foreign = watch(page, server);
  const overview = new OverviewPage(page, server);
  page.console.expect(/the server responded with a status of 404/);
  await overview.goto(`/${encodeURIComponent(ATTACKS[1])}?range=${encodeURIComponent(ATTACKS[2])}`);
  await overview.hydrated();
  await overview.goto(`/?range=${encodeURIComponent(ATTACKS[2])}`);
  await overview.hydrated();
  await checkUnharmed(page, foreign);
});
