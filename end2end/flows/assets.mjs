// The files of the page: small on the way, kept by the browser, and nothing beside them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

import { get } from "../support/requests.mjs";
import { Server } from "../support/server.mjs";

test("every file the page names is compressed, hashed and immutable", async (t) => {
  const server = await Server.start(t);
  const page = await get(`${server.url}/`);
  const paths = [...new Set(page.body.toString().match(/\/pkg\/[\w.-]+/g))];
  for (const ending of [".js", ".css", ".wasm"]) {
    assert.ok(paths.some((path) => path.endsWith(ending)), `no ${ending} among ${paths.join(", ")}`);
  }
  for (const path of paths) {
    assert.match(path, /[.-][0-9A-Za-z]{8,}\.\w+$/, "the name carries a hash");
    const plain = await get(server.url + path);
    assert.equal(plain.status, 200, path);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.match(plain.headers["cache-control"], /immutable/);
    assert.match(plain.headers["cache-control"], /max-age=31536000/);
    assert.match(plain.headers["content-type"], { js: /javascript/, css: /css/, wasm: /application\/wasm/ }[path.split(".").at(-1)]);
    assert.match(plain.headers.vary, /accept-encoding/i);
    for (const [encoding, unpack] of [["br", brotliDecompressSync], ["gzip", gunzipSync]]) {
      const packed = await get(server.url + path, { "accept-encoding": encoding });
      assert.equal(packed.headers["content-encoding"], encoding, path);
      assert.ok(unpack(packed.body).equals(plain.body), `${path} unpacks to something else`);
    }
  }
});

test("a browser that takes both gets brotli", async (t) => {
  const server = await Server.start(t);
  const [path] = (await get(`${server.url}/`)).body.toString().match(/\/pkg\/[\w.-]+\.wasm/);
  const answer = await get(server.url + path, { "accept-encoding": "gzip, deflate, br, zstd" });
  assert.equal(answer.headers["content-encoding"], "br");
});

test("what is not there is not found, however it is asked for", async (t) => {
  const server = await Server.start(t);
  for (const path of [
    "/pkg/nothing.js",
    "/pkg/",
    "/pkg/../Cargo.toml",
    "/pkg/..%2f..%2f..%2fetc%2fpasswd",
    "/../../../../etc/passwd",
    "/pkg/%00",
    "/api/nothing",
    "/data/radar.sqlite",
  ]) {
    const { status, body } = await get(server.url + path);
    assert.ok([400, 404].includes(status), `${path} answered ${status}`);
    assert.doesNotMatch(body.toString(), /root:|\[workspace\]/);
  }
});

test("a page carries the headers that keep others out", async (t) => {
  const server = await Server.start(t);
  const { headers } = await get(`${server.url}/`);
  const policy = headers["content-security-policy"];
  assert.match(policy, /default-src '(none|self)'/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(headers["cache-control"], /no-store|no-cache/);
  const foreign = await fetch(`${server.url}/api/ingest`, { method: "POST", headers: { origin: "https://evil.example" }, body: "[]" });
  assert.equal(foreign.status, 403, "a page of another site sends nothing");
});
