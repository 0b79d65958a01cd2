// The browser: one for a file of tests, a context of its own for each page under test.

import { after, before } from "node:test";

import { chromium } from "playwright-core";

import { whenOver } from "./cleanup.mjs";
import { Console } from "./console.mjs";

export const DESKTOP = { width: 1280, height: 720 };
export const LARGE = { width: 1920, height: 1080 };
export const PHONE = { width: 390, height: 844 };
export const THEMES = ["dark", "light"];

export const ARGUMENTS = "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update --disable-sync".split(" ");

/** Waits no longer than this for anything, so that a failure is seen soon. */
const WAIT_MILLIS_MAX = 10_000;

/** Call it once on top of a file; the answer opens pages. */
export function useBrowser() {
  let browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGUMENTS });
  });
  after(() => browser?.close());
  return (t, options) => openPage(t, browser, options);
}

async function openPage(t, browser, { theme = "light", viewport = DESKTOP, hasScripts = true, zone = "UTC", now } = {}) {
  const context = await browser.newContext({ colorScheme: theme, viewport, javaScriptEnabled: hasScripts, locale: "en-GB", timezoneId: zone });
  whenOver(t, () => context.close());
  context.setDefaultTimeout(WAIT_MILLIS_MAX);
  const page = await context.newPage();
  if (now) await page.clock.setFixedTime(now);
  page.console = new Console(page);
  whenOver(t, () => page.console.check());
  return page;
}
