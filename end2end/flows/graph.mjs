// Who has to do with whom.

import assert from "node:assert/strict";
import { test } from "node:test";

import { checkAccessibility, checkFitsWidth } from "../support/accessibility.mjs";
import { DESKTOP, LARGE, PHONE, THEMES, useBrowser } from "../support/browser.mjs";
import { event } from "../support/events.mjs";
import { GraphPage } from "../support/pages.mjs";
import { Server } from "../support/server.mjs";

const openPage = useBrowser();
const HOSTILE = '<img src=x onerror="alert(1)">';

/** Six addresses, of which one is busy; two services, of which one fails. */
function traffic() {
  const quiet = [1, 2, 3, 4, 5].flatMap((number) => [
    event({ source: "sshd", user: "ann", address: `10.0.0.${number}`, hostname: "web-1", message: `session ${number} opened` }),
    event({ source: "cron", hostname: "web-2", user: "", address: "", message: `job ${number} done` }),
  ]);
  const busy = Array.from({ length: 40 }, (_, number) =>
    event({ source: "mailer", user: HOSTILE, address: "203.0.113.9", hostname: "web-1", level: "Error", message: `delivery ${number} failed` }),
  );
  return [...quiet, ...busy];
}

async function opened(t, options, events = traffic()) {
  const server = await Server.start(t);
  if (events.length > 0) await server.ingest(...events);
  const graph = new GraphPage(await openPage(t, options), server);
  await graph.open();
  return graph;
}

test("what stands out has its number and leads to its events", async (t) => {
  const graph = await opened(t);
  assert.match(await graph.byTestId("busy-addresses").textContent(), /203\.0\.113\.9.*40 × usual.*40 events/s);
  assert.match(await graph.byTestId("failing-services").textContent(), /mailer.*100% errors.*40 of 40 events/s);
  assert.match(await graph.byTestId("new-uses").textContent(), /No user is on a service/);
  const link = await graph.byTestId("busy-addresses").locator("a").getAttribute("href");
  assert.equal(new URL(link, graph.server.url).searchParams.get("q"), 'address="203.0.113.9"');
});

test("the picture is a table, too, and hostile names are text in it", async (t) => {
  const graph = await opened(t);
  await graph.byTestId("as-table").click();
  const rows = await graph.table();
  const row = rows.find(([name]) => name === `user ${HOSTILE}`);
  assert.deepEqual(row.slice(1, 2), ["40"]);
  assert.ok(rows.some(([name, , , linked]) => name === "service sshd" && linked.includes("host web-1")));
});

test("a question and a range show less, and are in the address", async (t) => {
  const graph = await opened(t);
  await graph.page.keyboard.press("/");
  await graph.page.keyboard.type("source:sshd");
  await graph.page.keyboard.press("Enter");
  await graph.page.waitForURL("**/graph?q=source%3Asshd");
  await graph.byTestId("as-table").click();
  await graph.page.locator("th", { hasText: "service cron" }).waitFor({ state: "detached" });
  assert.ok((await graph.table()).some(([name]) => name === "service sshd"));
  await graph.ask("nothing-has-this-word");
  await graph.byTestId("graph-empty").waitFor();
  await graph.ask("(broken");
  graph.page.console.expect(/the server responded with a status of 400/);
  await graph.byTestId("failure").waitFor();
});

test("a node that is clicked leads to its events", async (t) => {
  // One node alone is drawn in the middle.
  const graph = await opened(t, {}, [event({ hostname: "only", source: "", user: "", address: "" })]);
  const canvas = graph.byTestId("graph").locator("canvas").first();
  await canvas.waitFor();
  const { x, y, width, height } = await canvas.boundingBox();
  await graph.page.mouse.click(x + width / 2, y + height / 2);
  await graph.page.waitForURL((url) => url.pathname === "/explore" && url.searchParams.get("q") === 'host="only"');
});

for (const theme of THEMES) {
  test(`axe finds nothing wrong with the graph in ${theme}, and it fits`, async (t) => {
    const graph = await opened(t, { theme });
    for (const viewport of [DESKTOP, LARGE, PHONE]) {
      await graph.page.setViewportSize(viewport);
      await checkFitsWidth(graph.page);
      await checkAccessibility(graph.page);
    }
  });
}
