// A chart that follows its element's size and the page's theme.

/** Replaces each `var(--token)` by the colour it has on this page now. */
function resolveTokens(value, probe) {
  if (typeof value === "string" && value.startsWith("var(--")) {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  }
  if (Array.isArray(value)) return value.map((item) => resolveTokens(item, probe));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveTokens(item, probe)]));
  }
  return value;
}

export class ThemedChart {
  #element;
  #chart;
  #options;
  #disposed = false;
  #probe = document.createElement("span");
  #cleanups = [];

  constructor(element) {
    this.#element = element;
    this.#probe.hidden = true;
    element.after(this.#probe);
    import("#echarts").then((echarts) => {
      if (this.#disposed) return;
      this.#chart = echarts.init(element);
      this.#follow();
      this.#draw();
    }, (error) => console.error("the chart could not be loaded", error));
  }

  show(optionsJson) {
    this.#options = JSON.parse(optionsJson);
    this.#draw();
  }

  dispose() {
    this.#disposed = true;
    for (const cleanup of this.#cleanups) cleanup();
    this.#chart?.dispose();
    this.#probe.remove();
  }

  #draw() {
    if (!this.#chart || !this.#options) return;
    const options = resolveTokens(this.#options, this.#probe);
    // Text drawn on the canvas: an HTML tooltip would need inline styles, which the page forbids.
    options.tooltip = {
      ...options.tooltip,
      renderMode: "richText",
      confine: true,
      backgroundColor: resolveTokens("var(--surface-raised)", this.#probe),
      borderColor: resolveTokens("var(--line)", this.#probe),
      textStyle: { color: resolveTokens("var(--text)", this.#probe), fontSize: 12 },
    };
    for (const axis of [options.xAxis].flat()) axis.axisLabel = { ...axis.axisLabel, hideOverlap: true };
    options.animation = false;
    this.#chart.setOption(options, { notMerge: true });
  }

  #follow() {
    const resizes = new ResizeObserver(() => this.#chart.resize());
    resizes.observe(this.#element);
    const redraw = () => this.#draw();
    const themes = new MutationObserver(redraw);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", redraw);
    this.#cleanups.push(
      () => resizes.disconnect(),
      () => themes.disconnect(),
      () => system.removeEventListener("change", redraw),
    );
  }
}
