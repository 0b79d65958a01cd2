// A program under test: started in an empty folder of its own, watched, and never left behind.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { whenOver } from "./cleanup.mjs";

const OUTPUT_CHARS_MAX = 1_000_000;

/** An empty folder that is gone when the test is over. */
export function emptyFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "radar-end2end-"));
  whenOver(t, () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export class Program {
  stdout = "";
  stderr = "";

  constructor(path, args, { folder, env: more = {} }) {
    // Settings of the person who runs the tests must not reach into them.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^RADAR_|^RUST_|_proxy$/i.test(name)));
    this.process = spawn(path, args, { cwd: folder, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"] });
    for (const name of ["stdout", "stderr"]) {
      this.process[name].setEncoding("utf8").on("data", (text) => {
        this[name] = (this[name] + text).slice(-OUTPUT_CHARS_MAX);
      });
    }
    // `close` comes after the last of the output, `exit` may come before it.
    this.ended = once(this.process, "close").then(([code, signal]) => ({ code, signal }));
    // Whoever waits for the end hears of a program that can't be started.
    this.ended.catch(() => {});
  }

  get hasEnded() {
    const { exitCode, signalCode, pid } = this.process;
    // Without a process id it was never started.
    return exitCode !== null || signalCode !== null || pid === undefined;
  }

  /** Waits for the end, or kills the program and fails. */
  async end(within_millis = 20_000) {
    const late = Symbol("late");
    let timer;
    const timeout = new Promise((resolve) => (timer = setTimeout(resolve, within_millis, late)));
    const end = await Promise.race([this.ended, timeout]);
    clearTimeout(timer);
    if (end !== late) return end;
    this.process.kill("SIGKILL");
    throw new Error(`still running after ${within_millis} ms\n${this.stderr}`);
  }
}
