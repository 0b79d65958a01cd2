// A server that cannot start says why in a sentence, and ends.

import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { whenOver } from "../support/cleanup.mjs";
import { event } from "../support/events.mjs";
import { Program, emptyFolder } from "../support/program.mjs";
import { Server, serveArguments } from "../support/server.mjs";

/** Runs `radar`, which must end by itself with a message that has all of these in it. */
async function check(folder, args, ...expected) {
  const program = new Program(process.env.RADAR_BIN, args, { folder });
  const { code, signal } = await program.end();
  const said = program.stderr;
  assert.equal(signal, null, said);
  assert.ok(code > 0, `it ended with ${code}: ${said}`);
  for (const pattern of expected) assert.match(said, pattern);
  assert.doesNotMatch(said, /panicked|RUST_BACKTRACE/);
  assert.ok(said.trim().split("\n").length <= 8, `that is not a sentence:\n${said}`);
}

test("a port in use", async (t) => {
  const listener = createServer().listen(0, "127.0.0.1");
  whenOver(t, () => listener.close());
  await once(listener, "listening");
  const { port } = listener.address();
  await check(emptyFolder(t), serveArguments({ port }), new RegExp(String(port)), /--addr/);
});

test("a file where the data folder should be", async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "data"), "");
  await check(folder, serveArguments(), /data/, /--data/);
});

test("a data folder that may not be written", { skip: process.getuid?.() === 0 && "root writes everywhere" }, async (t) => {
  const folder = emptyFolder(t);
  mkdirSync(join(folder, "data"));
  chmodSync(join(folder, "data"), 0o500);
  await check(folder, serveArguments(), /data/, /--data/);
});

test("a store that is damaged, and is left as it is", async (t) => {
  const server = await Server.start(t);
  const { folder } = server;
  await server.ingest(event());
  await server.stop();
  const data = join(folder, "data");
  const [largest] = readdirSync(data)
    .map((name) => join(data, name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
  const file = openSync(largest, "r+");
  writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, 0);
  closeSync(file);
  const damaged = statSync(largest).size;
  await check(folder, serveArguments(), /data/, /damaged/);
  assert.equal(statSync(largest).size, damaged, "nobody made a new store in its place");
});

test("a store that is in use", async (t) => {
  const { folder } = await Server.start(t);
  await check(folder, serveArguments(), /data/, /use|another|running|lock/i);
});

test("flags that are wrong", async (t) => {
  const folder = emptyFolder(t);
  await check(folder, ["serve", "--no-such-flag"], /--no-such-flag/);
  await check(folder, ["serve", "--addr", "somewhere"], /somewhere/);
  await check(folder, ["dance"], /dance/);
  assert.deepEqual(readdirSync(folder), [], "nothing was made");
});
