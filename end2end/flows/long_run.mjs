// An hour of live updates, for a page whose clock runs as fast as they are sent: what it holds stays the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { ExplorePage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

/** So often something comes during that hour. */
const EACH_MILLIS = 6_000;
const UPDATES = 600;
const EVENTS_OF_UPDATE = 5;
/** Until then the table and the strip fill, and the engines of the page learn their code. */
const WARM_UPDATES = 200;
const HEAP_GROWTH_MAX = 1_500_000;
const NODES_GROWTH_MAX = 500;
const WASM_GROWTH_MAX = 524_288;

const openPage = useBrowser();

/** What a page holds once its garbage is gone. */
async function held(session) {
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize: heap } = await session.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners: listeners } = await session.send("Memory.getDOMCounters");
  const prototype = await session.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await session.send("Runtime.queryObjects", { prototypeObjectId: prototype.result.objectId });
  const sizes = await session.send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return this.map((memory) => memory.buffer.byteLength); }",
    returnByValue: true,
  });
  await session.send("Runtime.releaseObject", { objectId: objects.objectId });
  return { heap, nodes, listeners, wasm: sizes.result.value.reduce((sum, size) => sum + size, 0) };
}

for (const [name, path] of [["the overview", "/"], ["the live tail", "/explore"]]) {
  test(`an hour of ${name} holds no more memory than its beginning`, async (t) => {
    const server = await Server.start(t);
    await server.ingest(event());
    const page = await openPage(t);
    await page.clock.install();
    const explore = new ExplorePage(page, server);
    await explore.goto(path);
    await explore.hydrated();
    await explore.live();
    const session = await page.context().newCDPSession(page);
    const send = async (from, to) => {
      for (let update = from; update < to; update += 1) {
        const events = Array.from({ length: EVENTS_OF_UPDATE }, (_, index) => {
          // So often that the strip of findings is full when counting begins.
          const isOdd = index === 0 && update % 3 === 0;
          return event({ hostname: `WS-${update % 40}`, message: isOdd ? `DROP TABLE t${update}; ' UNION SELECT ${"x".repeat(400)}` : `${update} ${index} logged on`, level: isOdd ? "Critical" : "Information" });
        });
        await server.ingest(...events);
        await page.clock.runFor(EACH_MILLIS);
      }
      const marker = `update ${to} came`;
      await server.ingest(event({ message: `DROP TABLE marker; ' UNION SELECT ${"y".repeat(600)} ${marker}`, level: "Critical" }));
      for (let turn = 0; turn < 50 && (await explore.rowSaying(marker).count()) === 0; turn += 1) {
        await page.clock.runFor(200);
        await sleep(50);
      }
      assert.ok((await explore.rowSaying(marker).count()) > 0, "the page shows what came last");
    };
    await send(0, WARM_UPDATES);
    const before = await held(session);
    await send(WARM_UPDATES, UPDATES);
    const after = await held(session);
    t.diagnostic(`${JSON.stringify(before)} then ${JSON.stringify(after)}`);
    assert.ok(after.wasm > 0, "the program's memory was found");
    for (const [what, growth_max] of [["heap", HEAP_GROWTH_MAX], ["nodes", NODES_GROWTH_MAX], ["listeners", 50], ["wasm", WASM_GROWTH_MAX]]) {
      const growth = after[what] - before[what];
      assert.ok(growth <= growth_max, `${what} grew by ${growth}: ${before[what]} then ${after[what]}`);
    }
  });
}
