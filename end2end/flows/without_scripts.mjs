// The page of a browser that runs less than others.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { OverviewPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const openPage = useBrowser();

test("without scripts the overview shows what the server knew", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ message: "readable without scripts" }));
  const overview = new OverviewPage(await openPage(t, { hasScripts: false }), server);
  await overview.open({ isHydrated: false });
  await overview.rowSaying("readable without scripts").waitFor();
  assert.equal(await overview.byTestId("counter-events").getAttribute("data-value"), "1");
  // The browser is told to run no script, yet thinks it could, and so hides this.
  assert.match(await overview.page.locator("noscript").textContent(), /Scripts are off/);
});

test("without WebAssembly the overview says so and shows what the server knew", async (t) => {
  const server = await Server.start(t);
  await server.ingest(event({ message: "readable without WebAssembly" }));
  const page = await openPage(t);
  page.console.expect(/the page could not be started|WebAssembly|was preloaded/);
  await page.addInitScript(() => delete globalThis.WebAssembly);
  const overview = new OverviewPage(page, server);
  await overview.open({ isHydrated: false });
  await overview.byTestId("no-wasm").waitFor({ state: "visible" });
  await overview.rowSaying("readable without WebAssembly").waitFor();
  await overview.byTestId("live").waitFor({ state: "hidden" });
});
