// Bundles the page's scripts and styles: one order (JSON) as the argument, one answer (JSON) on
// standard output with the file names, each of which contains the hash of its contents.
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { start, worker, style, outdir, minify } = JSON.parse(process.argv[2]);

const common = {
  bundle: true,
  minify,
  write: false,
  metafile: true,
  outdir,
  logLevel: "warning",
  entryNames: "[name].[hash]",
  chunkNames: "[name].[hash]",
  assetNames: "[name].[hash]",
};
// Absolute addresses in a style are files of `public`, which keep their names.
const publicFiles = {
  name: "public files",
  setup({ onResolve }) {
    onResolve({ filter: /^\// }, ({ path, kind }) => (kind === "url-token" ? { path, external: true } : undefined));
  },
};
const script = {
  ...common,
  format: "esm",
  target: "es2022",
  // The generated glue lies in the build's folder, away from the packages and from our own scripts,
  // so it names the charts in use by an alias.
  nodePaths: [fileURLToPath(new URL("../node_modules", import.meta.url))],
  // The script that fetches parts is imported once for each, under one name.
  logOverride: { "duplicate-object-key": "silent" },
  alias: { "#echarts": join(dirname(start), "echarts.js") },
};

// The charts are chunks of their own, fetched after the page is there. The worker is one file.
const results = {
  start: await build({ ...script, entryPoints: [start], splitting: true }),
  worker: await build({ ...script, entryPoints: [worker] }),
  style: await build({ ...common, entryPoints: [style], plugins: [publicFiles], loader: { ".woff2": "file", ".svg": "file" } }),
};

// esbuild writes a hash as eight base32 digits, which is ten hexadecimal ones. Lower case is the
// only spelling, so the names also hold on file systems that don't tell cases apart.
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const hexadecimal = (hash) =>
  [...hash].reduce((number, digit) => number * 32n + BigInt(BASE32.indexOf(digit)), 0n).toString(16).padStart(10, "0");
const renamed = (name) => name.replace(/(?<=\.)[A-Z2-7]{8}(?=\.\w+$)/, hexadecimal);

const files = Object.values(results).flatMap((result) => result.outputFiles);
const names = new Map(files.map((file) => [basename(file.path), renamed(basename(file.path))]));
const withNewNames = (text) => [...names].reduce((text, [old, name]) => text.replaceAll(old, name), text);

await mkdir(outdir, { recursive: true });
for (const file of files) {
  const isText = /\.(js|css)$/.test(file.path);
  await writeFile(join(outdir, names.get(basename(file.path))), isText ? withNewNames(file.text) : file.contents);
}

// What the entry imports statically, directly or through others, has to arrive before it runs.
const entryOf = (result) => Object.keys(result.metafile.outputs).find((path) => result.metafile.outputs[path].entryPoint);
const importedBy = (path, seen = new Set()) => {
  for (const { path: imported, kind } of results.start.metafile.outputs[path].imports) {
    if (kind === "import-statement" && !seen.has(imported)) importedBy(imported, seen.add(imported));
  }
  return seen;
};
const newName = (path) => names.get(basename(path));
const charts = Object.keys(results.start.metafile.outputs).find((path) => basename(path).startsWith("echarts."));

const answer = {
  start: newName(entryOf(results.start)),
  start_modules: [...importedBy(entryOf(results.start))].map(newName),
  chart_modules: [charts, ...importedBy(charts)].map(newName),
  worker: newName(entryOf(results.worker)),
  style: newName(entryOf(results.style)),
};
process.stdout.write(JSON.stringify(answer));
