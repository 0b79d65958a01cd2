// The analysis worker: loads the engine, says that it is ready, then answers each message.
//
// The build bundles this file and writes the wasm beside it under a hashed name, which the page
// passes on as `?wasm=`.
import init, { Worker as Analyst } from "./radar_worker.js";

const started = start();

// Messages that arrive while the engine loads wait for it.
self.onmessage = async (event) => {
  const analyst = await started;
  if (analyst) self.postMessage(analyst.handle(event.data));
};

async function start() {
  try {
    const wasm = new URL(self.location.href).searchParams.get("wasm");
    await init({ module_or_path: new URL(wasm, self.location.href) });
    const analyst = new Analyst();
    self.postMessage(analyst.ready());
    return analyst;
  } catch (error) {
    // The page hears of it as an error of the worker, and can say so.
    setTimeout(() => {
      throw error;
    });
    return null;
  }
}
