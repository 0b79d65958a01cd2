// Dark and light: the system's choice until the reader makes one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { THEMES, useBrowser } from "../support/browser.mjs";
import { OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";
import { get } from "../support/requests.mjs";

const openPage = useBrowser();

test("without a choice the page follows the system", async (t) => {
  const server = await Server.start(t);
  const backgrounds = [];
  for (const theme of THEMES) {
    const overview = new OverviewPage(await openPage(t, { theme }), server);
    await overview.open();
    backgrounds.push(await overview.background());
  }
  assert.notEqual(backgrounds[0], backgrounds[1]);
});

for (const [system, chosen] of [["light", "dark"], ["dark", "light"]]) {
  test(`${chosen} is remembered on a ${system} system, from the first paint on`, async (t) => {
    const server = await Server.start(t);
    const page = await openPage(t, { theme: system });
    const overview = new OverviewPage(page, server);
    await overview.open();
    const before = await overview.background();
    await overview.toggleTheme();
    assert.equal(await overview.theme(), chosen);
    assert.notEqual(await overview.background(), before);

    // The theme must be in what the server sends: a script would come after the first paint.
    const [cookie] = await page.context().cookies();
    const { body } = await get(`${server.url}/`, { cookie: `${cookie.name}=${cookie.value}` });
    assert.match(body.toString(), new RegExp(`<html[^>]*data-theme="${chosen}"`));

    await page.reload();
    await overview.hydrated();
    assert.equal(await overview.theme(), chosen);
    assert.notEqual(await overview.background(), before);
  });
}
