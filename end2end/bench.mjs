// What the pages cost with many events in the store: `node end2end/bench.mjs EVENTS`, started by `cargo xtask bench pages`.
//
// RADAR_BIN is the server as it is shipped, CHROMIUM the browser, LIGHTHOUSE the folder where npm put that program.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

import { ARGUMENTS, DESKTOP } from "./support/browser.mjs";
import { event } from "./support/events.mjs";
import { Server } from "./support/server.mjs";

const BATCH = 5_000;
const WARM = 2;
const ASKED = 20;
const LIGHTHOUSE_RUNS = 3;
const FRAMES = 600;
const ROWS_MIN = 100_000;
/** More of each kind than the graph shows. */
const NAMES = 600;
const LINKED_EVENTS = 30_000;
const DRAGS = 120;
const WHEELS = 60;

const PAGES = [
  "/?range=1h",
  "/?range=24h",
  "/?range=30d",
  "/explore?range=24h",
  "/explore?range=30d",
  "/explore?range=30d&q=severity%3A%3E%3Dlow&sort=score",
  "/explore?range=30d&sort=rarity",
  "/explore?range=30d&q=level%3Aerror%20-host%3Aweb*",
  "/explore?range=30d&q=%22logged%20on%22",
  "/patterns?range=30d",
  "/graph?range=30d",
  "/history",
  "/settings",
];

const events = Number(process.argv[2]);
const cleanups = [];
try {
  const server = await Server.start({ after: (cleanup) => cleanups.push(cleanup) });
  await fill(server);
  for (const page of PAGES) await timePage(server, page);
  await timeScrolling(server);
  await timeGraph();
  for (const page of ["/?range=24h", "/explore?range=24h"]) await askLighthouse(server, page);
} finally {
  for (const cleanup of cleanups) await cleanup();
}

function say(name, ...figures) {
  console.log(`  ${name.padEnd(58)} ${figures.join("   ")}`);
}

async function fill(server) {
  const generate = spawn(process.env.RADAR_BIN, ["generate", "--lines", String(events)], { stdio: ["ignore", "pipe", "inherit"] });
  const started = Date.now();
  let lines = [];
  const send = async () => {
    for (;;) {
      const response = await fetch(`${server.url}/api/ingest`, { method: "POST", headers: { "content-type": "application/x-ndjson" }, body: lines.join("\n") });
      await response.text();
      if (response.ok) break;
      if (response.status !== 429) throw new Error(`the server answers ${response.status}`);
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("retry-after") ?? 1)));
    }
    lines = [];
  };
  for await (const line of createInterface({ input: generate.stdout })) {
    lines.push(line);
    if (lines.length === BATCH) await send();
  }
  if (lines.length > 0) await send();
  const seconds = (Date.now() - started) / 1000;
  say(`${events} events taken in`, `${seconds.toFixed(1)} s`, `${Math.round(events / seconds)} a second`);
}

/** The page as the server writes it, with the answers to all its questions. */
async function timePage(server, path) {
  const millis = [];
  let bytes = 0;
  for (let turn = 0; turn < WARM + ASKED; turn += 1) {
    const started = performance.now();
    const response = await fetch(server.url + path);
    bytes = (await response.arrayBuffer()).byteLength;
    if (response.status !== 200) throw new Error(`${path} answers ${response.status}`);
    if (turn >= WARM) millis.push(performance.now() - started);
  }
  say(path, ...quantiles(millis), `${Math.round(bytes / 1000)} kB`);
}

function quantiles(millis) {
  millis.sort((one, other) => one - other);
  const at = (share) => millis[Math.min(Math.floor(share * millis.length), millis.length - 1)];
  return [`p50 ${at(0.5).toFixed(1)} ms`, `p95 ${at(0.95).toFixed(1)} ms`];
}

/** Does something with a page that is drawn, and takes the time of each frame meanwhile. */
async function timeFrames(server, path, ready, act) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGUMENTS });
  try {
    const page = await browser.newPage({ viewport: DESKTOP });
    await page.goto(server.url + path);
    await page.waitForSelector("html[data-hydrated]", { state: "attached" });
    await page.locator(ready).first().waitFor();
    await page.evaluate(() => {
      window.frames_taken = [];
      let last = performance.now();
      const frame = (now) => {
        window.frames_taken.push(now - last);
        last = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    const what = await act(page);
    const millis = (await page.evaluate(() => window.frames_taken)).slice(2);
    const smooth = millis.filter((frame) => frame < 17.5).length;
    say(what, ...quantiles(millis), `${((100 * smooth) / millis.length).toFixed(1)}% of frames in time`);
  } finally {
    await browser.close();
  }
}

async function timeScrolling(server) {
  await timeFrames(server, "/explore?range=30d", '[data-testid="event-row"]', async (page) => {
    const rows = await page.locator('[data-testid="scroller"]').evaluate(async (scroller, frames) => {
      for (let index = 0; index < frames; index += 1) {
        scroller.scrollTop += 150;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return Math.round(scroller.scrollHeight / document.querySelector('[data-testid="event-row"]').offsetHeight);
    }, FRAMES);
    if (rows < ROWS_MIN) console.log(`  scrolling: only ${rows} rows, of the ${ROWS_MIN} it is about`);
    return `scrolling over ${rows} rows`;
  });
}

/** A graph of as many nodes as one may have, dragged about and zoomed into. */
async function timeGraph() {
  const server = await Server.start({ after: (cleanup) => cleanups.push(cleanup) });
  const linked = (index) =>
    event({
      hostname: `host${index % NAMES}`,
      source: `service${(index * 7) % (NAMES - 1)}`,
      user: `user${(index * 11) % (NAMES - 7)}`,
      address: `10.0.${index % 3}.${(index * 13) % 199}`,
      message: `request ${index} done`,
    });
  for (let from = 0; from < LINKED_EVENTS; from += BATCH) {
    await server.ingest(...Array.from({ length: BATCH }, (_, index) => linked(from + index)));
  }
  await timeFrames(server, "/graph?range=24h", '[data-testid="graph"] canvas', async (page) => {
    const { x, y, width, height } = await page.locator('[data-testid="graph"] canvas').first().boundingBox();
    // In a corner is no node, so that it is the picture that is dragged.
    await page.mouse.move(x + 12, y + 12);
    await page.mouse.down();
    for (let step = 0; step < DRAGS; step += 1) await page.mouse.move(x + 12 + step * 2, y + 12 + step);
    await page.mouse.up();
    await page.mouse.move(x + width / 2, y + height / 2);
    for (let step = 0; step < WHEELS; step += 1) await page.mouse.wheel(0, step < WHEELS / 2 ? -40 : 40);
    return "a graph of 2,000 nodes and more, dragged and zoomed";
  });
}

async function askLighthouse(server, path) {
  const runs = [];
  const folder = mkdtempSync(join(tmpdir(), "radar-lighthouse-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  for (let run = 0; run < LIGHTHOUSE_RUNS; run += 1) {
    const program = join(process.env.LIGHTHOUSE, "node_modules/lighthouse/cli/index.js");
    const file = join(folder, `${run}.json`);
    const flags = ["--preset=desktop", "--output=json", `--output-path=${file}`, "--quiet", "--chrome-flags=--headless=new --no-sandbox --disable-gpu"];
    const child = spawn(process.execPath, [program, server.url + path, ...flags], { env: { ...process.env, CHROME_PATH: process.env.CHROMIUM }, stdio: "inherit" });
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`Lighthouse ended with ${code}`);
    runs.push(JSON.parse(readFileSync(file, "utf8")));
  }
  const median = (of) => runs.map(of).sort((one, other) => one - other)[Math.floor(runs.length / 2)];
  const audit = (name) => `${(median(({ audits }) => audits[name].numericValue) / 1000).toFixed(2)} s`;
  const categories = Object.keys(runs[0].categories).map((name) => `${name} ${Math.round(100 * median(({ categories }) => categories[name].score))}`);
  say(`Lighthouse, desktop: ${path}`, `first content ${audit("first-contentful-paint")}`, `interactive ${audit("interactive")}`, ...categories);
  for (const { score, title } of Object.values(runs[0].audits)) {
    if (score !== null && score < 0.9) console.log(`    below .9: ${title} (${score})`);
  }
}
