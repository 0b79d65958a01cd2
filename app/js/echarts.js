// The parts of ECharts that our charts use. A chunk of its own, fetched with the first chart.

import { BarChart, GraphChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { connect, init, time, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GraphChart, GridComponent, LabelLayout, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export { connect, init, time };
