// Makes WebAssembly modules smaller, in place: `node xtask/optimize.mjs FILE…`.
//
// One process for all of them, because binaryen takes longer to start than to optimize most parts of the page.

import { readFileSync, writeFileSync } from "node:fs";

import binaryen from "binaryen";

// What `wasm-opt -Oz` is.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
binaryen.setDebugInfo(false);

for (const file of process.argv.slice(2)) {
  // Which features are in use is read from the module; naming any makes modules that browsers refuse.
  const module = binaryen.readBinary(readFileSync(file));
  module.optimize();
  writeFileSync(file, module.emitBinary());
  module.dispose();
}
