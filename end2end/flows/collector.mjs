// The collector sends a file, and its lines are on the page.

import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { useBrowser } from "../support/browser.mjs";
import { whenOver } from "../support/cleanup.mjs";
import { event, ndjson } from "../support/events.mjs";
import { OverviewPage } from "../support/pages.mjs";
import { Program, emptyFolder } from "../support/program.mjs";
import { Server } from "../support/server.mjs";

const openPage = useBrowser();

function collect(server, folder, ...options) {
  const args = ["send", "app.log", "--server", server.url, "--state", join(folder, "state"), ...options];
  return new Program(process.env.RADAR_COLLECTOR_BIN, args, { folder });
}

/** Runs the collector to its end, and compares the counts it prints. */
async function checkSends(server, folder, counts) {
  const collector = collect(server, folder);
  assert.deepEqual(await collector.end(), { code: 0, signal: null }, collector.stderr);
  assert.match(collector.stdout, new RegExp(`: ${counts}\\n$`));
}

test("a file of events and lines is sent once and seen", async (t) => {
  const server = await Server.start(t);
  const folder = emptyFolder(t);
  const overview = new OverviewPage(await openPage(t), server);
  await overview.open();
  await overview.live();

  const log = join(folder, "app.log");
  writeFileSync(log, `${ndjson([event({ message: "an event of the file" })])}a line of the file\r\n{"no":"event"}\nunfinished ☃`);
  await checkSends(server, folder, "3 accepted, 0 duplicates, 0 rejected; 1 skipped");
  for (const message of ["an event of the file", "a line of the file", "unfinished ☃"]) {
    await overview.rowSaying(message).waitFor();
  }
  await checkSends(server, folder, "0 accepted, 0 duplicates, 0 rejected");
  appendFileSync(log, "\nappended\n");
  await checkSends(server, folder, "1 accepted, 0 duplicates, 0 rejected");
  await overview.rowSaying("appended").waitFor();
  assert.equal(await overview.rows().count(), 4);
});

test("a followed file is on the page as it is written, through a restart of the server", async (t) => {
  const first = await Server.start(t);
  const folder = emptyFolder(t);
  const log = join(folder, "app.log");
  writeFileSync(log, "before\n");
  const collector = collect(first, folder, "--follow");
  whenOver(t, () => collector.process.kill("SIGKILL"));
  const overview = new OverviewPage(await openPage(t), first);
  overview.page.console.expect(/net::ERR_|the server responded with a status of 5/);
  await overview.open();
  await overview.rowSaying("before").waitFor();

  await first.stop();
  appendFileSync(log, "during\n");
  await Server.start(t, { folder: first.folder, port: first.port });
  await overview.rowSaying("during").waitFor({ timeout: 30_000 });
  appendFileSync(log, "after\n");
  await overview.rowSaying("after").waitFor();
  assert.deepEqual(await overview.messages(), ["after", "during", "before"]);
});
