// What a machine can say about how usable a page is for everybody.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const SETTLES_WITHIN_MILLIS = 2000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs every rule of axe. The page's policy forbids foreign script tags, so it is evaluated. */
export async function checkAccessibility(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const sentences = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.any[0]?.message ?? ""}`),
  );
  assert.deepEqual(sentences, [], "axe found violations");
}

/** A chart follows the window a moment later, so the page has that moment. */
export async function checkFitsWidth(page) {
  const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const started = Date.now();
  let pixels = await page.evaluate(overflow);
  while (pixels > 0 && Date.now() - started < SETTLES_WITHIN_MILLIS) {
    await sleep(50);
    pixels = await page.evaluate(overflow);
  }
  assert.ok(pixels <= 0, `the page is ${pixels} px wider than the window`);
}
