// The pages as a reader sees them: where things are, and nothing about what they should be.

import { setTimeout as sleep } from "node:timers/promises";

class Page {
  constructor(page, server) {
    this.page = page;
    this.server = server;
  }

  byTestId(name) {
    return this.page.locator(`[data-testid="${name}"]`);
  }

  async goto(path) {
    return this.page.goto(this.server.url + path, { waitUntil: "domcontentloaded" });
  }

  /** Until the page lives; before that, a click does nothing. */
  async hydrated() {
    await this.page.waitForSelector("html[data-hydrated]", { state: "attached" });
  }

  async theme() {
    return this.page.getAttribute("html", "data-theme");
  }

  async toggleTheme() {
    await this.byTestId("theme").click();
  }

  /** What is painted behind everything. */
  async background() {
    return this.page.evaluate(() => {
      const [root, body] = [document.documentElement, document.body].map((element) => getComputedStyle(element).backgroundColor);
      return root === "rgba(0, 0, 0, 0)" ? body : root;
    });
  }
}

export class OverviewPage extends Page {
  /** The strip of rows shows what is unusual; these tests mostly ask it for everything that arrives. */
  async open({ range, show = "events", isHydrated = true } = {}) {
    const query = new URLSearchParams(Object.entries({ show, range }).filter(([, value]) => value));
    const response = await this.goto(query.size > 0 ? `/?${query}` : "/");
    if (isHydrated) await this.hydrated();
    return response;
  }

  async live() {
    await this.page.waitForSelector('[data-testid="live"][data-state="live"]');
  }

  rows() {
    return this.byTestId("event-row");
  }

  rowSaying(text) {
    return this.rows().filter({ hasText: text });
  }

  async messages() {
    return this.rows().locator('[data-testid="message"]').allTextContents();
  }

  async counter(name) {
    return Number(await this.byTestId(`counter-${name}`).getAttribute("data-value"));
  }

  /** Waits until a counter has a value that passes. */
  async counterWhere(name, passes) {
    const started = Date.now();
    for (;;) {
      const value = await this.counter(name);
      if (passes(value)) return value;
      if (Date.now() - started > 10_000) throw new Error(`the counter of ${name} stayed at ${value}`);
      await sleep(50);
    }
  }
}

export class AnalyzePage extends Page {
  async open() {
    const response = await this.goto("/analyze");
    await this.hydrated();
    return response;
  }

  async score(text) {
    await this.byTestId("paste").fill(text);
    await this.pressScore();
  }

  async pressScore() {
    await this.page.locator('button[data-testid="score"]').click();
  }

  async results() {
    await this.byTestId("results").waitFor();
    return this.byTestId("result-row").evaluateAll((rows) =>
      rows.map((row) => {
        const cell = (name) => row.querySelector(`[data-testid="${name}"]`);
        return {
          id: row.dataset.id,
          severity: cell("severity").textContent.trim(),
          raw: Number(cell("score").dataset.raw),
          message: cell("message").textContent,
        };
      }),
    );
  }

  async rejects() {
    return this.byTestId("results").locator(".rejects li").allTextContents();
  }

  async workerState() {
    return this.byTestId("worker-state").getAttribute("data-state");
  }

  async workerUrls() {
    const content = await this.page.getAttribute('meta[name="radar-worker"]', "content");
    const worker = new URL(content, this.server.url);
    return [worker.pathname, worker.searchParams.get("wasm")];
  }
}

export class GraphPage extends Page {
  async open() {
    await this.goto("/graph");
    await this.hydrated();
  }

  async ask(question) {
    const field = this.page.locator('input[name="q"]');
    await field.fill(question);
    await field.press("Enter");
  }

  /** The rows of the picture as a table. */
  async table() {
    await this.byTestId("graph").locator("tbody tr").first().waitFor();
    return this.byTestId("graph").locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  }
}

export class ExplorePage extends OverviewPage {
  async open(query = "", { isHydrated = true } = {}) {
    const response = await this.goto(`/explore${query}`);
    if (isHydrated) await this.hydrated();
    return response;
  }

  async ask(question) {
    await this.byTestId("question").fill(question);
    await this.byTestId("question").press("Escape");
    await this.byTestId("ask").click();
    await this.page.waitForFunction((question) => (new URLSearchParams(location.search).get("q") ?? "") === question, question);
  }

  /** Waits until these and no others are the messages of the table. */
  async rowsAre(messages) {
    const shown = () => [...document.querySelectorAll('[data-testid="event-row"] [data-testid="message"]')].map((cell) => cell.textContent);
    const isThere = (expected) =>
      JSON.stringify([...document.querySelectorAll('[data-testid="event-row"] [data-testid="message"]')].map((cell) => cell.textContent)) === expected;
    await this.page.waitForFunction(isThere, JSON.stringify(messages)).catch(async (error) => {
      throw new Error(`the rows are ${JSON.stringify(await this.page.evaluate(shown))}, not ${JSON.stringify(messages)}`, { cause: error });
    });
  }

  facet(field, label) {
    return this.page.locator(`[data-facet="${field}"] button[title=${JSON.stringify(label)}]`);
  }

  async count() {
    return (await this.byTestId("count").textContent()).trim();
  }

  parameter(name) {
    return new URL(this.page.url()).searchParams.get(name) ?? "";
  }
}

/** Whatever people do with accounts, sessions and tokens. */
export class AccountPages extends OverviewPage {
  async fill({ email, password }) {
    await this.page.locator('main input[name="email"]').fill(email);
    await this.page.locator('main input[name="password"]').fill(password);
  }

  /** Sends the form of the page, which leads to another one. */
  async submitted(path) {
    await this.byTestId("submit").click();
    await this.page.waitForURL(`${this.server.url}${path}`);
    await this.hydrated();
    await this.byTestId("account").waitFor();
  }

  async setUp(somebody) {
    await this.goto("/set-up");
    await this.hydrated();
    await this.fill(somebody);
    await this.submitted("/settings");
  }

  /** The link of an invitation. */
  async invite(role) {
    await this.page.locator('form:has([data-testid="invite"]) select').selectOption(role);
    await this.byTestId("invite").click();
    return this.byTestId("invitation").textContent();
  }

  async makeToken(name) {
    await this.page.locator('form:has([data-testid="create-token"]) input[name="name"]').fill(name);
    await this.byTestId("create-token").click();
    return this.byTestId("token-secret").textContent();
  }

  async side() {
    return this.byTestId("side").getAttribute("data-side");
  }

  /** Chooses which collection is in view; the page is loaded anew with it. */
  async choose(side) {
    await this.byTestId(`side-${side}`).click();
    await this.page.waitForSelector(`[data-testid="side"][data-side="${side}"]`);
    await this.hydrated();
  }
}

export class PatternsPage extends AccountPages {
  async open(query = "") {
    const response = await this.goto(`/patterns${query}`);
    await this.hydrated();
    return response;
  }

  patterns() {
    return this.byTestId("pattern");
  }

  patternSaying(text) {
    return this.patterns().filter({ hasText: text });
  }

  async links() {
    return this.byTestId("pattern-link").allTextContents();
  }

  async choiceCounts() {
    const texts = await this.page.locator(".choice-count").allTextContents();
    return texts.map(Number);
  }
}

export class HistoryPage extends AccountPages {
  async open(query = "") {
    const response = await this.goto(`/history${query}`);
    await this.hydrated();
    return response;
  }

  /** The cell of a day or an hour, by the beginning of what it says. */
  cell(grid, label) {
    return this.byTestId(grid).locator(`td a[aria-label^="${label}"]`);
  }
}
