// The server as people run it: one file, started in an empty folder.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { whenOver } from "./cleanup.mjs";
import { Program, emptyFolder } from "./program.mjs";

const START_MILLIS_MAX = 20_000;

export class Server {
  /**
   * Starts a server that is stopped with the test, if the test did not do so before.
   * `folder` and `port` start it again where another one was. With `now`, its clock stands there.
   */
  static async start(t, { isDemo = false, folder = emptyFolder(t), port = 0, now } = {}) {
    const server = new Server();
    server.folder = folder;
    server.program = new Program(process.env.RADAR_BIN, serveArguments({ isDemo, port }), { folder, env: now && stopped(now) });
    whenOver(t, () => server.stop());
    server.url = await server.#announced();
    server.port = Number(new URL(server.url).port);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    return server;
  }

  async #announced() {
    const started = Date.now();
    while (Date.now() - started < START_MILLIS_MAX && !this.program.hasEnded) {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(this.program.stdout);
      if (url) return url[0];
      await sleep(10);
    }
    throw new Error(`the server did not start\n${this.program.stdout}\n${this.program.stderr}`);
  }

  /** Asks the server to end, and checks that it does so cleanly. */
  async stop() {
    if (!this.program.hasEnded) this.program.process.kill("SIGTERM");
    assert.deepEqual(await this.program.end(), { code: 0, signal: null }, this.program.stderr);
    // A panic in one request leaves the server standing, and nobody would notice.
    assert.doesNotMatch(this.program.stderr, /panicked/);
  }

  async post(body, headers = {}) {
    const response = await fetch(`${this.url}/api/ingest`, { method: "POST", headers, body });
    return { status: response.status, answer: await response.json() };
  }

  /** Asks a server function that only reads. */
  async ask(name, parameters) {
    const response = await fetch(`${this.url}/api/fn/${name}?${new URLSearchParams(parameters)}`);
    assert.equal(response.status, 200, name);
    return response.json();
  }

  /** Sends events, all of which must be new. */
  async ingest(...events) {
    const { status, answer } = await this.post(JSON.stringify(events), { "content-type": "application/json" });
    assert.equal(status, 200, JSON.stringify(answer));
    assert.deepEqual(answer, { accepted: events.length, duplicates: 0, rejected: 0, rejects: [] });
  }
}

/** The library that gives a program another clock, where it is installed. */
export function fakeClock() {
  return ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`).find((file) => existsSync(file));
}

/** What stops the clock of a program; that by which it waits goes on. */
function stopped(now) {
  const text = now.toISOString().slice(0, 19).replace("T", " ");
  return { LD_PRELOAD: fakeClock(), FAKETIME: text, TZ: "UTC", FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" };
}

export function serveArguments({ isDemo = false, port = 0, data = "data" } = {}) {
  return ["serve", "--addr", `127.0.0.1:${port}`, "--data", data, ...(isDemo ? [] : ["--no-demo"])];
}
