// What a test opened is closed when it is over, last opened first: a page before the server it shows.

const pending = new WeakMap();

export function whenOver(t, cleanup) {
  const cleanups = pending.get(t) ?? [];
  cleanups.push(cleanup);
  if (pending.has(t)) return;
  pending.set(t, cleanups);
  t.after(async () => {
    const failures = [];
    while (cleanups.length > 0) {
      await Promise.resolve()
        .then(cleanups.pop())
        .catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  });
}
