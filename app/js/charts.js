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
  #tell;
  #isHeld = false;

  /** `tell` hears what the reader does in the chart, as JSON. */
  constructor(element, tell) {
    this.#element = element;
    this.#tell = (event) => tell(JSON.stringify(event));
    this.#probe.hidden = true;
    element.after(this.#probe);
    import("#echarts").then((echarts) => {
      if (this.#disposed) return;
      this.#chart = echarts.init(element);
      // Charts of one page that share an axis of time share the line under the pointer, too.
      this.#chart.group = "page";
      echarts.connect("page");
      this.#follow();
      this.#draw();
    }, (error) => console.error("the chart could not be loaded", error));
  }

  show(optionsJson) {
    this.#options = JSON.parse(optionsJson);
    this.#draw();
  }

  /** Gives the reader an image of the chart as a file. */
  save(name) {
    if (!this.#chart) return;
    const link = document.createElement("a");
    const backgroundColor = resolveTokens("var(--surface)", this.#probe);
    link.href = this.#chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor });
    link.download = `${name}.png`;
    link.click();
  }

  dispose() {
    this.#disposed = true;
    for (const cleanup of this.#cleanups) cleanup();
    this.#chart?.dispose();
    this.#probe.remove();
  }

  #draw() {
    if (this.#disposed) return;
    // What is drawn anew would take the part that the reader drags over out of their hand.
    if (!this.#chart || !this.#options || this.#isHeld) return;
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
    for (const axis of [options.xAxis ?? []].flat()) axis.axisLabel = { ...axis.axisLabel, hideOverlap: true };
    options.animation = false;
    const isZoomed = [options.xAxis ?? []].flat().some((axis) => axis.type === "time");
    if (isZoomed) options.brush = { xAxisIndex: 0, toolbox: [], brushStyle: { color: resolveTokens("var(--selection)", this.#probe) } };
    this.#chart.setOption(options, { notMerge: true });
    if (isZoomed) {
      const brushOption = { brushType: "lineX", brushMode: "single" };
      this.#chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption });
    }
  }

  #follow() {
    const resizes = new ResizeObserver(() => this.#chart.resize());
    resizes.observe(this.#element);
    const redraw = () => this.#draw();
    const themes = new MutationObserver(redraw);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", redraw);
    const hold = () => { this.#isHeld = true; };
    const release = () => {
      if (!this.#isHeld) return;
      this.#isHeld = false;
      // After the chart has heard of it.
      setTimeout(redraw);
    };
    this.#element.addEventListener("pointerdown", hold);
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, release);
    this.#chart.on("brushEnd", ({ areas }) => {
      const range = areas[0]?.coordRange;
      this.#chart.dispatchAction({ type: "brush", areas: [] });
      if (range) this.#tell({ zoom: { from: range[0], to: range[1] } });
    });
    this.#chart.on("click", ({ seriesName, name, dataIndex }) => {
      this.#tell({ pick: { series: seriesName ?? "", name: name ?? "", index: dataIndex ?? 0 } });
    });
    this.#cleanups.push(
      () => resizes.disconnect(),
      () => themes.disconnect(),
      () => system.removeEventListener("change", redraw),
      () => this.#element.removeEventListener("pointerdown", hold),
      () => ["pointerup", "pointercancel"].forEach((name) => removeEventListener(name, release)),
    );
  }
}
