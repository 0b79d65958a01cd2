// Brings the server-rendered page to life. A browser that can't keeps the page as it is, and the
// page says so.

import init, { hydrate } from "./radar_frontend.js";

async function start() {
  await init({ module_or_path: document.querySelector("meta[name=radar-wasm]").content });
  await hydrate();
  document.documentElement.dataset.hydrated = "";
}

start().catch((error) => {
  console.error("the page could not be started", error);
  document.documentElement.dataset.still = "";
  const note = document.querySelector('[data-testid="no-wasm"]');
  if (note) note.hidden = false;
});
