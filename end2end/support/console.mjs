// Whatever a page complains about fails the test, unless the test said it would.

import assert from "node:assert/strict";

export class Console {
  #expected = [];
  #complaints = [];

  constructor(page) {
    page.on("console", (message) => {
      if (["warning", "error", "assert"].includes(message.type())) {
        this.#complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    page.on("pageerror", (error) => this.#complaints.push(`uncaught: ${error.stack ?? error}`));
    page.on("crash", () => this.#complaints.push("the page crashed"));
  }

  expect(pattern) {
    this.#expected.push(pattern);
  }

  check() {
    const isExpected = (complaint) => this.#expected.some((pattern) => pattern.test(complaint));
    assert.deepEqual(this.#complaints.filter((complaint) => !isExpected(complaint)), [], "the console has complaints");
  }
}
