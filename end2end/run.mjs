// Runs the browser tests: `node end2end/run.mjs <wasm|e2e>`.
//
// It takes the programs from its environment and builds nothing: RADAR_BIN is the server with the
// page inside, RADAR_COLLECTOR_BIN the collector, CHROMIUM the browser. One file runs at a time,
// because the files would only slow each other down on a small machine.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";

const HERE = import.meta.dirname;
const FILE_TIMEOUT_MILLIS = 5 * 60_000;

/** What needs the browser's WebAssembly worker; everything else is `e2e`. */
const WASM_FILES = ["flows/analyze.mjs"];

const suite = process.argv[2];
const files = filesOf(suite);
if (!files) {
  console.error("Say which tests to run: node end2end/run.mjs <wasm|e2e>");
  process.exit(1);
}
const missing = ["CHROMIUM", "RADAR_BIN", ...(suite === "e2e" ? ["RADAR_COLLECTOR_BIN"] : [])].filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error(`Set ${missing.join(", ")}, or run these tests with: cargo xtask test ${suite}`);
  process.exit(1);
}

const counts = { passed: 0, failed: 0, skipped: 0 };

const events = run({ files: files.map((file) => join(HERE, file)), concurrency: 1, timeout: FILE_TIMEOUT_MILLIS });
events.on("test:pass", (result) => {
  if (result.details.type === "suite") return;
  if (result.skip === undefined) {
    counts.passed += 1;
    console.log(`  ok       ${result.name}  ${seconds(result)}`);
  } else {
    counts.skipped += 1;
    console.log(`  skipped: ${result.name}: ${result.skip}`);
  }
});
events.on("test:fail", (result) => {
  // A suite fails because of a test in it, which was counted.
  if (result.details.type === "suite") return;
  counts.failed += 1;
  console.log(`  FAILED   ${result.name}  ${seconds(result)}`);
  const error = result.details.error.cause ?? result.details.error;
  console.log(indented(error.stack ?? String(error)));
});
events.on("test:stdout", ({ message }) => process.stdout.write(message));
events.on("test:stderr", ({ message }) => process.stderr.write(message));
events.on("end", () => {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});
events.resume();

function filesOf(suite) {
  const all = ["flows", "bugs"].flatMap((folder) =>
    listed(folder)
      .filter((name) => name.endsWith(".mjs"))
      .map((name) => `${folder}/${name}`),
  );
  const isOfSuite = { wasm: (file) => WASM_FILES.includes(file), e2e: (file) => !WASM_FILES.includes(file) }[suite];
  return isOfSuite && all.filter(isOfSuite);
}

/** A folder without files is not in the repository. */
function listed(folder) {
  try {
    return readdirSync(join(HERE, folder)).sort();
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

function seconds({ details }) {
  return `${(details.duration_ms / 1000).toFixed(1)} s`;
}

function indented(text) {
  return text.replace(/^/gm, "    ");
}
