// A chart that follows its element's size and the page's theme.

/** What moves less was a click. */
const DRAG_PIXELS_MIN = 4;

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

/** A number with the reader's marks between thousands. */
const numberText = (value) => (Number.isFinite(Number(value)) ? Number(value).toLocaleString() : "");

/** What stands under the pointer, with all its digits. Elements, because markup would need inline styles, which the page forbids. */
function tooltipOf(bars, headText) {
  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    made.className = className;
    made.append(...children);
    return made;
  };
  const line = ({ color, seriesName, value }) => {
    const dot = element("i", "");
    dot.style.background = color;
    return element("li", "", dot, seriesName, element("b", "", numberText([value].flat().at(-1))));
  };
  const head = element("p", "", headText);
  return element("div", "", head, element("ul", "", ...bars.map(line)));
}

export class ThemedChart {
  #element;
  #echarts;
  #chart;
  #options;
  #disposed = false;
  #probe = document.createElement("span");
  #cleanups = [];
  #tell;
  #isHeld = false;
  #isZoomed = false;
  #selection = document.createElement("div");
  /** What is to be marked, in milliseconds, and the time that is told of. */
  #marked = null;
  /** Where the pointer is on the element, while it is. */
  #pointer = null;

  /** `tell` hears what the reader does in the chart, as JSON. */
  constructor(element, tell) {
    this.#element = element;
    this.#tell = (event) => tell(JSON.stringify(event));
    this.#probe.hidden = true;
    element.after(this.#probe);
    import("#echarts").then((echarts) => {
      if (this.#disposed) return;
      this.#echarts = echarts;
      this.#chart = echarts.init(element);
      echarts.connect("time");
      this.#follow();
      this.#draw();
    }, (error) => console.error("the chart could not be loaded", error));
  }

  show(optionsJson) {
    this.#options = JSON.parse(optionsJson);
    this.#draw();
  }

  /** Marks a part of the axis of time and tells of the bar at a time, for who goes along it without a pointer. */
  mark(from, to, at) {
    this.#marked = { from, to, at };
    this.#drawMark();
    this.#showTip();
  }

  unmark() {
    this.#marked = null;
    this.#pointer = null;
    this.#selection.hidden = true;
    this.#chart?.dispatchAction({ type: "hideTip" });
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
    const xAxes = [options.xAxis ?? []].flat();
    for (const axis of xAxes) axis.axisLabel = { ...axis.axisLabel, hideOverlap: true };
    options.tooltip = { ...options.tooltip, ...this.#tooltip(options, xAxes) };
    options.animation = false;
    this.#isZoomed = xAxes.some((axis) => axis.type === "time");
    this.#element.classList.toggle("is-zoomed", this.#isZoomed);
    // Charts of one page that share an axis of time share the line under the pointer, too.
    this.#chart.group = this.#isZoomed ? "time" : undefined;
    this.#chart.setOption(options, { notMerge: true });
    // What the reader looks at stays.
    this.#drawMark();
    this.#showTip();
  }

  #drawMark() {
    if (!this.#marked || !this.#isZoomed) return;
    const [left, right] = this.#axisEnds();
    const pixelOf = (time) => Math.min(Math.max(this.#chart.convertToPixel({ xAxisIndex: 0 }, time), left), right);
    const { from, to, at } = this.#marked;
    this.#select(pixelOf(from), pixelOf(to));
    this.#pointer = { x: pixelOf(at), y: this.#element.clientHeight / 2 };
  }

  #showTip() {
    if (this.#pointer) this.#chart?.dispatchAction({ type: "showTip", ...this.#pointer });
  }

  #select(one, other) {
    this.#selection.hidden = false;
    this.#selection.style.left = `${Math.min(one, other)}px`;
    this.#selection.style.width = `${Math.abs(other - one)}px`;
  }

  /** What the bars under the pointer stand for: their name, or their time. */
  #headOf(bars, xAxes) {
    if (bars.length === 0) return "";
    if (xAxes.every((axis) => axis.type === "value")) return bars[0].name;
    const [{ value, seriesIndex }] = bars;
    const [first, second] = this.#options.series[seriesIndex].data;
    const half = second ? (second[0] - first[0]) / 2 : 0;
    const { time } = this.#echarts;
    const [from, to] = [value[0] - half, value[0] + half];
    return `${time.format(from, "{yyyy}-{MM}-{dd} {HH}:{mm}:{ss}")} to ${time.format(to, "{HH}:{mm}:{ss}")}`;
  }

  #tooltip({ tooltip }, xAxes) {
    if (tooltip?.trigger === "axis") {
      const formatter = (bars) => tooltipOf([bars].flat(), this.#headOf([bars].flat(), xAxes));
      // It may be higher than the chart, so it must not be confined to it.
      return { renderMode: "html", className: "chart-tooltip", transitionDuration: 0, formatter };
    }
    // Text drawn on the canvas, for the same reason.
    return {
      renderMode: "richText",
      confine: true,
      backgroundColor: resolveTokens("var(--surface-raised)", this.#probe),
      borderColor: resolveTokens("var(--line)", this.#probe),
      textStyle: { color: resolveTokens("var(--text)", this.#probe), fontSize: 12 },
      valueFormatter: numberText,
    };
  }

  /** Where the axis of time begins and ends on the element, in pixels. */
  #axisEnds() {
    const { axis } = this.#chart.getModel().getComponent("xAxis", 0);
    return axis.getExtent().map((place) => axis.toGlobalCoord(place));
  }

  /** Dragging over an axis of time marks a part of it, and tells which when it is let go. */
  #followDrags() {
    const element = this.#element;
    const selection = this.#selection;
    selection.className = "chart-selection";
    selection.hidden = true;
    element.append(selection);
    let start = null;
    let end = null;
    const place = ({ clientX }) => {
      const [left, right] = this.#axisEnds();
      return Math.min(Math.max(clientX - element.getBoundingClientRect().left, left), right);
    };
    const begin = (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      this.#isHeld = true;
      start = this.#isZoomed ? place(event) : null;
      end = null;
    };
    const drag = (event) => {
      const { left, top } = element.getBoundingClientRect();
      this.#pointer = { x: event.clientX - left, y: event.clientY - top };
      if (start === null) return;
      const here = place(event);
      if (end === null && Math.abs(here - start) < DRAG_PIXELS_MIN) return;
      // Not earlier: the chart would hear of no click.
      if (end === null) element.setPointerCapture(event.pointerId);
      end = here;
      this.#select(start, end);
    };
    const stop = (isZoom) => {
      if (!this.#isHeld) return;
      const ends = start !== null && end !== null ? [start, end].sort((one, other) => one - other) : null;
      [start, end] = [null, null];
      this.#isHeld = false;
      selection.hidden = true;
      if (isZoom && ends) {
        const [from, to] = ends.map((pixel) => this.#chart.convertFromPixel({ xAxisIndex: 0 }, pixel));
        if (Number.isFinite(from) && Number.isFinite(to)) this.#tell({ zoom: { from, to } });
      }
      // After the chart has heard of a click.
      setTimeout(() => this.#draw());
    };
    const heard = [
      [element, "pointerdown", begin],
      [element, "pointermove", drag],
      [element, "pointerleave", () => { this.#pointer = null; }],
      [window, "pointerup", () => stop(true)],
      [window, "pointercancel", () => stop(false)],
      [window, "keydown", ({ key }) => { if (key === "Escape") stop(false); }],
    ];
    for (const [target, name, listener] of heard) target.addEventListener(name, listener);
    this.#cleanups.push(() => {
      for (const [target, name, listener] of heard) target.removeEventListener(name, listener);
      selection.remove();
    });
  }

  #follow() {
    // Behind its table it has no size of its own, for which some charts can't be drawn.
    const resizes = new ResizeObserver(() => {
      if (getComputedStyle(this.#element).visibility !== "hidden") this.#chart.resize();
    });
    resizes.observe(this.#element);
    const redraw = () => this.#draw();
    const themes = new MutationObserver(redraw);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", redraw);
    this.#followDrags();
    this.#chart.on("click", ({ seriesName, name, dataIndex }) => {
      this.#tell({ pick: { series: seriesName ?? "", name: name ?? "", index: dataIndex ?? 0 } });
    });
    this.#cleanups.push(
      () => resizes.disconnect(),
      () => themes.disconnect(),
      () => system.removeEventListener("change", redraw),
    );
  }
}
