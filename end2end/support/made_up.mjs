// Two weeks of a small company's logs: the same for the same seed, the last of them at a time of the test's choice.

import assert from "node:assert/strict";

import { Program } from "./program.mjs";

const DAY = 86_400_000;
const DAYS = 14;
/** At these hours of a day; the generator's people work by the clock. */
const HOURS = [3, 9, 11, 14, 16, 22];
const LINES_OF_HOUR = 40;
const LINES_OF_LAST_HOUR = 600;
const BATCH = 2_000;

/** Fills a server with them. */
export async function fill(server, folder, now) {
  const lines = [];
  const until = now.getTime() - 3_600_000;
  let seed = 1;
  for (let day = DAYS; day >= 0; day -= 1) {
    const midnight = Math.floor(now.getTime() / DAY) * DAY - day * DAY;
    for (const hour of HOURS) {
      const start = midnight + hour * 3_600_000;
      if (start + LINES_OF_HOUR * 1_000 > until) continue;
      lines.push(...(await generated(folder, seed++, start, LINES_OF_HOUR)).map((event, index) => at(event, start + index * 90_000)));
    }
  }
  const last = await generated(folder, seed, until, LINES_OF_LAST_HOUR);
  lines.push(...last.map((event, index) => at(event, until + (index + 1) * (3_600_000 / LINES_OF_LAST_HOUR) - 1)));
  for (let from = 0; from < lines.length; from += BATCH) await server.ingest(...lines.slice(from, from + BATCH));
  return lines.length;
}

function at(event, millis) {
  return { ...event, timestamp: new Date(millis).toISOString() };
}

async function generated(folder, seed, start, count) {
  const program = new Program(process.env.RADAR_BIN, ["generate", "--seed", seed, "--lines", count, "--start", new Date(start).toISOString()], { folder });
  assert.deepEqual(await program.end(), { code: 0, signal: null }, program.stderr);
  const lines = program.stdout.trim().split("\n");
  assert.equal(lines.length, count);
  return lines.map((line) => JSON.parse(line));
}
