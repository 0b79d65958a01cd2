// What senders hear, good and bad.

import assert from "node:assert/strict";
import { test } from "node:test";

import { event, ndjson } from "../support/events.mjs";
import { send } from "../support/requests.mjs";
import { Server } from "../support/server.mjs";

/** Sends a body, and compares the counts, and the indexes of the rejects. */
async function check(server, body, status, counts, indexes) {
  const { status: got, answer } = await server.post(body);
  assert.equal(got, status, JSON.stringify(answer));
  assert.deepEqual([answer.accepted, answer.duplicates, answer.rejected], counts);
  assert.deepEqual(answer.rejects.map(({ index }) => index), indexes);
  for (const { expected, found } of answer.rejects) {
    assert.ok(expected.length > 0 && found.length > 0 && found.length < 200, JSON.stringify({ expected, found }));
  }
}

const numbered = (number) => event({ message: `number ${number}` });

test("an array and lines of events are the same", async (t) => {
  const server = await Server.start(t);
  const events = [numbered(1), numbered(2)];
  await check(server, JSON.stringify(events), 200, [2, 0, 0], []);
  await check(server, ndjson(events), 200, [0, 2, 0], []);
});

test("good records of a batch are kept, and bad ones are named", async (t) => {
  const server = await Server.start(t);
  const { message, ...without_message } = numbered(0);
  await check(server, JSON.stringify([numbered(1), without_message, numbered(2), 7]), 400, [2, 0, 2], [1, 3]);
  await check(server, `${ndjson([numbered(3)])}{"timestamp":\n${ndjson([numbered(4)])}`, 400, [2, 0, 1], [1]);
  await check(server, ndjson([event({ timestamp: "yesterday" })]), 400, [0, 0, 1], [0]);
});

test("an array that breaks off keeps what came before", async (t) => {
  const server = await Server.start(t);
  const whole = JSON.stringify([numbered(1), numbered(2), numbered(3)]);
  await check(server, whole.slice(0, -20), 400, [2, 0, 1], [2]);
});

test("what is no batch at all is refused with a sentence", async (t) => {
  const server = await Server.start(t);
  for (const body of ["", "   \n"]) {
    const { status, answer } = await server.post(body);
    assert.equal(status, 400);
    assert.ok(answer.code && answer.message, JSON.stringify(answer));
  }
  // A server may hang up on a sender that would not stop, so the answer can be lost on the way.
  const flood = { method: "POST", body: Buffer.alloc(17 * 1024 * 1024, "x") };
  const outcome = await send(`${server.url}/api/ingest`, flood).then(({ status }) => status, ({ code }) => code);
  assert.ok([413, "ECONNRESET", "EPIPE"].includes(outcome), `the flood ended with ${outcome}`);
  assert.equal((await fetch(`${server.url}/api/ingest`)).status, 405);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200, "it still answers");
});
