// Runs in the page: curves in one drawing, with a cursor that follows the mouse and the arrow keys. It stands in the page as its own text.

import type uPlotLibrary from "uplot";
import type { Ui } from "./ui.ts";

export interface Curve {
  readonly label: string;
  /** Heights by places on the axis. */
  readonly points: ReadonlyMap<number, number>;
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly width?: number;
}

export interface PlotOptions {
  /** The label below. */
  readonly axis: string;
  readonly isLog: boolean;
  readonly height: number;
}

export interface Plotted {
  readonly chart: uPlotLibrary;
  /** The same curves with other points. */
  readonly update: (curves: readonly Curve[]) => void;
}

export type DrawPlot = typeof drawPlot;

export function drawPlot(
  { figure }: Pick<Ui, "figure">,
  Plot: typeof uPlotLibrary,
  holder: HTMLElement,
  curves: readonly Curve[],
  { axis: below, isLog, height }: PlotOptions,
): Plotted {
  const styleOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let xs: number[] = [];
  const aligned = (drawn: readonly Curve[]): uPlotLibrary.AlignedData => {
    xs = [...new Set(drawn.flatMap((c) => [...c.points.keys()]))].sort((a, b) => a - b);
    return [xs, ...drawn.map((c) => xs.map((x) => c.points.get(x) ?? null))] as uPlotLibrary.AlignedData;
  };
  const data = aligned(curves);
  const axis = {
    stroke: styleOf("--ink"),
    grid: { stroke: styleOf("--line"), width: 1 },
    ticks: { stroke: styleOf("--line"), width: 1 },
  };
  const chart = new Plot(
    {
      width: Math.max(260, holder.clientWidth),
      height,
      scales: { x: { time: false }, y: isLog ? { distr: 3 } : {} },
      axes: [
        { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000] },
        { ...axis, size: 64, values: (_, splits) => splits.map((v) => (v === null ? "" : figure(v))) },
      ],
      series: [
        { label: below, value: (_, v: number | null) => (v === null ? "" : figure(v)) },
        ...curves.map((c) => ({
          label: c.label,
          stroke: c.colour,
          width: c.width ?? 2,
          spanGaps: true,
          dash: [...(c.dash ?? [])],
          points: { show: (chart: uPlotLibrary) => (chart.data[0]?.length ?? 0) < 40 },
          value: (_: unknown, v: number | null) => (v === null ? "" : figure(v)),
        })),
      ],
      legend: { markers: { dash: (_, i) => (curves[i - 1]?.dash?.length ? "dashed" : "solid") } },
    },
    data,
    holder,
  );
  let at = xs.length - 1;
  holder.addEventListener("keydown", (event) => {
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (turn === undefined || xs.length === 0) return;
    event.preventDefault();
    at = Math.min(xs.length - 1, Math.max(0, at + turn));
    chart.setCursor({ left: chart.valToPos(xs[at]!, "x"), top: 20 });
  });
  return { chart, update: (next) => chart.setData(aligned(next)) };
}
