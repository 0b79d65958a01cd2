// Reads every sample in WebAssembly: `node xtask/samples.mjs MODULE FOLDER`, as `cargo xtask test samples` calls it.
//
// What is said of a sample must be its `.expected` file, byte for byte, in one piece and in small ones.

import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const PIECES = [0xffff_ffff, 7];

const [module, folder] = process.argv.slice(2);
const { described } = await import(pathToFileURL(resolve(module)).href);

const counts = { passed: 0, failed: 0 };
for (const name of readdirSync(folder, { recursive: true }).sort()) {
  if (!name.endsWith(".expected")) continue;
  const expected = readFileSync(join(folder, name));
  const sample = name.slice(0, -".expected".length);
  const bytes = readFileSync(join(folder, sample));
  const same = PIECES.every((piece) => Buffer.from(described(bytes, piece)).equals(expected));
  counts[same ? "passed" : "failed"] += 1;
  if (!same) console.log(`  FAILED   ${sample} is read differently than it is natively`);
}
if (counts.passed + counts.failed === 0) {
  console.log(`  FAILED   there are no samples in ${folder}`);
  counts.failed = 1;
}
console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
