// How a page looked when somebody looked at it and found it good, and whether it still does.
//
// `RADAR_BLESS=1` takes today's pictures for good ones; look at them before you commit them. Text is drawn by the
// fonts and the browser of a machine, so pictures are only compared where those are the ones they were made with.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

const FOLDER = join(import.meta.dirname, "..", "snapshots");
const RESULTS = join(import.meta.dirname, "..", "results");
const MADE_WITH = join(FOLDER, "made-with.json");
const IS_BLESSING = process.env.RADAR_BLESS === "1";

/** How far a colour may be from what it was, of 1: more than a browser's own doubt about the edge of a letter. */
const COLOR_TOLERANCE = 0.15;
/** The share of a picture that may be another. */
const SHARE_MAX = 0.002;
const SETTLES_WITHIN_MILLIS = 8_000;

/** Why pictures can't be compared here, if they can't. */
export async function unlikeness(page) {
  const here = await drawnWith(page);
  if (IS_BLESSING) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(MADE_WITH, `${JSON.stringify(here, null, 2)}\n`);
    return null;
  }
  const there = JSON.parse(readFileSync(MADE_WITH, "utf8"));
  const other = Object.keys(there).filter((name) => there[name] !== here[name]);
  return other.length > 0 ? `the pictures were made with another ${other.join(" and ")} (${other.map((name) => `${there[name]}, here ${here[name]}`).join("; ")})` : null;
}

async function drawnWith(page) {
  const browser = page.context().browser().version().split(".")[0];
  const fonts = await page.evaluate(() => {
    const context = document.createElement("canvas").getContext("2d");
    const { fontFamily } = getComputedStyle(document.body);
    const mono = getComputedStyle(document.documentElement).getPropertyValue("--font-mono");
    return [fontFamily, mono]
      .map((family) => {
        context.font = `100px ${family}`;
        return context.measureText("The quick brown fox, 0123456789").width.toFixed(1);
      })
      .join(" and ");
  });
  return { browser, fonts };
}

/** Holds what is to be seen to the picture of that name. */
export async function checkLooks(page, name) {
  const picture = await settled(page);
  const file = join(FOLDER, `${name}.png`);
  if (IS_BLESSING) {
    writeFileSync(file, picture);
    return;
  }
  assert.ok(existsSync(file), `there is no picture ${name}; make it with RADAR_BLESS=1`);
  const [before, now] = [readFileSync(file), picture].map((bytes) => PNG.sync.read(bytes));
  const [difference, results] = ["difference", "now"].map((kind) => join(RESULTS, `${name}-${kind}.png`));
  mkdirSync(RESULTS, { recursive: true });
  for (const old of [difference, results]) rmSync(old, { force: true });
  if (before.width === now.width && before.height === now.height) {
    const marked = new PNG({ width: now.width, height: now.height });
    const others = pixelmatch(before.data, now.data, marked.data, now.width, now.height, { threshold: COLOR_TOLERANCE });
    const share = others / (now.width * now.height);
    if (share <= SHARE_MAX) return;
    writeFileSync(difference, PNG.sync.write(marked));
    writeFileSync(results, picture);
    assert.fail(`${name} does not look as it did: ${(100 * share).toFixed(2)}% is different, see ${difference}`);
  }
  writeFileSync(results, picture);
  assert.fail(`${name} was ${before.width} x ${before.height} and is ${now.width} x ${now.height}, see ${results}`);
}

/** What is seen once it moves no more. */
async function settled(page) {
  const shot = () => page.screenshot({ animations: "disabled", caret: "hide" });
  const started = Date.now();
  let last = await shot();
  while (Date.now() - started < SETTLES_WITHIN_MILLIS) {
    await sleep(250);
    const next = await shot();
    if (next.equals(last)) return next;
    last = next;
  }
  throw new Error("the page never stands still");
}
