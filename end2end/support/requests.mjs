// HTTP as it travels: `fetch` unpacks what it gets, and so hides what was sent.

import { request } from "node:http";

export function get(url, headers = {}) {
  return send(url, { headers });
}

/** One request on a connection of its own. */
export function send(url, { method = "GET", headers = {}, body }) {
  return new Promise((resolve, reject) => {
    // As it is written: a client that tidies up `..` would test itself.
    const { hostname, port, origin } = new URL(url);
    const path = url.slice(origin.length);
    request({ hostname, port, path, method, headers, agent: false, timeout: 10_000 }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on("error", reject)
      .end(body);
  });
}
