// Events as senders write them.

/** The seven fields of a record, some of them as the test wants them. */
export function event(fields = {}) {
  return {
    timestamp: new Date().toISOString(),
    hostname: "WS-014",
    source: "Security",
    os_type: "Windows",
    level: "Information",
    message: "An account was successfully logged on.",
    collector: "end2end",
    ...fields,
  };
}

export function ndjson(events) {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}
