// People: the first administrator, those who are invited, and those who want no account.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { AccountPages, OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const RESULTS = join(import.meta.dirname, "..", "results");
const ROOT = { email: "root@example.org", password: "a few good words" };
const ANN = { email: "ann@example.org", password: "some other words" };

const openPage = useBrowser();

/** A page of somebody who administers the server. */
async function administrator(t, server, options) {
  const pages = new AccountPages(await openPage(t, options), server);
  await pages.setUp(ROOT);
  return pages;
}

test("the first run makes an administrator, who invites somebody", async (t) => {
  const server = await Server.start(t);
  const root = new AccountPages(await openPage(t), server);
  await root.goto("/");
  await root.hydrated();
  await root.byTestId("needs-setup").getByRole("link").click();
  await root.fill(ROOT);
  await root.submitted("/settings");
  assert.equal(await root.byTestId("role").textContent(), "administrator");
  const link = await root.invite("analyst");

  const ann = new AccountPages(await openPage(t), server);
  await ann.page.goto(link);
  await ann.hydrated();
  await ann.fill(ANN);
  await ann.byTestId("submit").click();
  await ann.byTestId("registered").getByRole("link").click();
  await ann.page.waitForURL("**/log-in");
  await ann.hydrated();
  await ann.fill(ANN);
  await ann.submitted("/");
  assert.equal(await ann.byTestId("account").textContent(), ANN.email);
  assert.equal(await ann.side(), "private");
  assert.equal(await ann.byTestId("in-view").textContent(), "Your private collection");

  await root.goto("/settings");
  await root.hydrated();
  await root.page.locator(`[data-testid="account-row"][data-email="${ANN.email}"]`).waitFor();
  const audit = await root.byTestId("audit").textContent();
  for (const deed of ["registered", "logged in", "invited"]) assert.match(audit, new RegExp(deed));
});

test("a wrong password says so and lets nobody in", async (t) => {
  const server = await Server.start(t);
  await administrator(t, server);
  const other = new AccountPages(await openPage(t), server);
  other.page.console.expect(/the server responded with a status of 401/);
  await other.goto("/log-in");
  await other.hydrated();
  await other.fill({ ...ROOT, password: "not that one" });
  await other.byTestId("submit").click();
  await other.page.getByText("The e-mail address or the password is wrong.").waitFor();
  assert.equal(await other.byTestId("account").count(), 0);
});

test("a private session gets what its token sends, shows it alone, and is gone when it is cleared", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ message: "for everybody" }));
  const one = new AccountPages(await openPage(t), server);
  await one.goto("/?show=events");
  await one.hydrated();
  await one.choose("private");
  await one.byTestId("private-session").waitFor();
  assert.equal(await one.rows().count(), 0);
  await one.goto("/settings");
  await one.hydrated();
  const token = await one.makeToken("a collector");
  await one.goto("/?show=events");
  await one.hydrated();
  await one.page.waitForSelector('[data-testid="live"][data-state="live"]');
  const { status } = await server.post(JSON.stringify([event({ message: "for me alone" })]), { authorization: `Bearer ${token}` });
  assert.equal(status, 200);
  await one.rows().filter({ hasText: "for me alone" }).waitFor();

  const other = new OverviewPage(await openPage(t), server);
  await other.open();
  assert.deepEqual(await other.messages(), ["for everybody"]);

  await one.choose("public");
  assert.deepEqual(await one.messages(), ["for everybody"]);
  await one.choose("private");
  assert.deepEqual(await one.messages(), ["for me alone"]);
  await one.byTestId("clear-session").click();
  await one.page.waitForSelector('[data-testid="side"][data-side="public"]');
  await one.choose("private");
  assert.equal(await one.rows().count(), 0);
  const refused = await server.post("[]", { authorization: `Bearer ${token}` });
  assert.equal(refused.status, 401);
});

test("logging out shows nothing of the account any more, also to who goes back", async (t) => {
  const server = await Server.start(t);
  const root = await administrator(t, server);
  await root.byTestId("log-out").click();
  await root.byTestId("log-in").waitFor();
  await root.page.goBack();
  await root.page.waitForLoadState();
  assert.equal(await root.byTestId("account").count(), 0);
});

test("without scripts somebody can still log in and out", async (t) => {
  const server = await Server.start(t);
  await administrator(t, server);
  const other = new AccountPages(await openPage(t, { hasScripts: false }), server);
  other.page.console.expect(/the server responded with a status of 401/);
  await other.goto("/log-in");
  await other.fill({ ...ROOT, password: "not that one" });
  await other.byTestId("submit").click();
  await other.page.getByText("The e-mail address or the password is wrong.").waitFor();
  await other.fill(ROOT);
  await other.byTestId("submit").click();
  await other.byTestId("logged-in").waitFor();
  await other.byTestId("log-out").click();
  await other.byTestId("log-in").waitFor();
});

test("a link that leads to the log-in leads nowhere else from there", async (t) => {
  const server = await Server.start(t);
  await administrator(t, server);
  for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example"]) {
    const other = new AccountPages(await openPage(t), server);
    await other.goto(`/log-in?next=${encodeURIComponent(next)}`);
    await other.hydrated();
    await other.fill(ROOT);
    await other.submitted("/");
    assert.equal(new URL(other.page.url()).origin, server.url);
  }
});

test("hostile names are text wherever they are shown", async (t) => {
  const server = await Server.start(t);
  const root = await administrator(t, server);
  const attack = "<img src=x onerror=globalThis.attacked=true>";
  await root.makeToken(attack);
  await root.goto("/settings");
  await root.hydrated();
  await root.byTestId("token").getByText(attack).waitFor();
  assert.match(await root.byTestId("audit").textContent(), /<img src=x/);
  assert.equal(await root.page.evaluate(() => globalThis.attacked), undefined);
});

for (const theme of THEMES) {
  test(`axe finds nothing wrong with the pages for people in ${theme}, wide or narrow`, async (t) => {
    const server = await Server.start(t);
    const guest = new AccountPages(await openPage(t, { theme }), server);
    mkdirSync(RESULTS, { recursive: true });
    const check = async (pages, path, name) => {
      await pages.goto(path);
      await pages.hydrated();
      for (const viewport of [DESKTOP, PHONE]) {
        await pages.page.setViewportSize(viewport);
        await checkFitsWidth(pages.page);
        await checkAccessibility(pages.page);
        await pages.page.screenshot({ path: join(RESULTS, `${name}-${theme}-${viewport.width}.png`), fullPage: true });
      }
    };
    await check(guest, "/set-up", "set-up");
    const root = await administrator(t, server, { theme });
    await root.makeToken("collector on WS-014");
    await check(root, "/settings", "settings");
    await check(guest, "/log-in", "log-in");
    await check(guest, "/register", "register");
    await guest.goto("/");
    await guest.hydrated();
    await guest.choose("private");
    await check(guest, "/", "private-session");
    await check(guest, "/settings", "settings-guest");
  });
}
