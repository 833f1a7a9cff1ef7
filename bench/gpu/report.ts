// The short table that the benchmark prints last. In: what was measured. Out: text.

import { sizesText } from "../../compiler/targets/wgsl/tiles/matrixlayout.ts";
import type { Checked } from "./check.ts";
import type { Measured } from "./measure.ts";
import type { Swept } from "./onadapter.ts";
import { productText, type TorchLine } from "./torch.ts";

/** Kernels that are shown: those that take most of the steps. */
const WORST = 10;

export function summary(m: Measured): string {
  return [deviceLines(m), partLines(m), stepTable(m), productTable(m), kernelTable(m)]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

const figure = (x: number | undefined, digits = 3): string =>
  x === undefined ? "-" : Number(x.toPrecision(digits)).toString();
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);

function deviceLines({ device, ceilings, tuning }: Measured): string[] {
  const { name, subgroups, features } = device;
  const more = [subgroups ? `subgroups of ${subgroups.join(" to ")}` : "no subgroups", ...features.slice(-1)];
  return [
    `${name} (${device.description}): ${more.join(", ")}`,
    ...(ceilings
      ? [
          `copy ${figure(ceilings.copy)} GB/s, multiply-add ${figure(ceilings.fma)} TFLOP/s, dispatch ${figure(ceilings.dispatch)} us`,
        ]
      : []),
    ...(tuning
      ? [
          `tuning: ${tuning.units} units, rates ${tuning.rates.join(" ")}, subgroups ${tuning.subgroup ?? "not used"}`,
          `matrices: ${tuning.matrices ? `${sizesText(tuning.matrices)}, rates ${tuning.matrices.rates.join(" ")}` : "not used"}`,
        ]
      : []),
  ];
}

/** Parts that were cut short or failed. */
const partLines = ({ parts }: Measured): string[] =>
  parts.flatMap(({ name, isCut, error, seconds }) => [
    ...(isCut ? [`${name} was cut after ${seconds.toFixed(0)} s`] : []),
    ...(error === undefined ? [] : [`${name} failed: ${error}`]),
  ]);

function torchTime(torch: readonly TorchLine[], workload: string, way: string, tf32: boolean): number | undefined {
  const line = torch.find((l) => "workload" in l && l.workload === workload && l.way === way && l.tf32 === tf32);
  return line && "ms" in line ? line.ms : undefined;
}

function stepTable({ steps = [], check = [], torch = [] }: Measured): string[] {
  const lines = torch.flatMap((l) => ("workload" in l ? [l.workload] : []));
  const names = new Set([...check, ...steps].map((c) => c.workload).concat(lines));
  const rows = [...names].map((workload) => {
    const checked = check.find((c) => c.workload === workload);
    const step = steps.find((s) => s.workload === workload);
    const [wall, device] = [step?.wall, step?.device];
    const idle =
      wall !== undefined && device !== undefined ? `${Math.round(100 * Math.max(0, 1 - device / wall))}%` : "-";
    const eager = torchTime(torch, workload, "eager", false);
    return [
      workload,
      figure(wall),
      figure(device),
      idle,
      figure(eager),
      figure(torchTime(torch, workload, "eager", true)),
      figure(torchTime(torch, workload, "graph", false)),
      figure(torchTime(torch, workload, "graph", true)),
      figure(torchTime(torch, workload, "compile", false)),
      figure(torchTime(torch, workload, "compile", true)),
      eager !== undefined && wall !== undefined ? figure(eager / wall, 2) : "-",
      checked ? verdict(checked) : "-",
      checked
        ? checked.starts
            .slice(0, 2)
            .map((s) => figure(s, 2))
            .join(", ")
        : "-",
    ];
  });
  const torchWays = ["torch eager", "eager TF32", "graph", "graph TF32", "compile", "compile TF32", "eager / ours"];
  return table(["workload", "ms/step", "GPU ms", "idle", ...torchWays, "worst difference", "start s"], rows);
}

function verdict({ worst, tensor, isRight, isRepeatable, isGuarded }: Checked): string {
  const fault = isRepeatable ? (isGuarded ? `WRONG in ${tensor}` : "OTHER BITS WITH GUARDS") : "NOT REPEATABLE";
  return `${figure(worst, 2)}${isRight ? "" : ` ${fault}`}`;
}

type Rate = Swept["tiles"][number];

function productTable({ sweep = [], convolutions = [], torch = [], ceilings }: Measured): string[] {
  const shown = (t: Rate | undefined): string => (t ? `${figure(t.rate)} (${t.tile}, ${t.parts} parts)` : "-");
  const share = (t: Rate | undefined): string =>
    t && ceilings ? `${Math.round((100 * t.rate) / ceilings.fma)}%` : "-";
  const rows = sweep.map((s) => {
    const [best, second] = s.tiles;
    const theirs = torch.find((l) => "product" in l && l.product === productText(s) && !l.tf32);
    const tflops = theirs && "tflops" in theirs ? theirs.tflops : undefined;
    return [`${s.m} x ${s.n} x ${s.k}`, shown(best), shown(second), share(best), figure(tflops)];
  });
  const convolved = convolutions.map(({ side, channels, tiles: [best, second] }) => {
    const what = `3x3, ${channels} channels, ${side} x ${side}`;
    return [what, shown(best), shown(second), share(best), "-"];
  });
  return table(["product m x n x k", "TFLOP/s best", "second", "of multiply-add", "torch"], [...rows, ...convolved]);
}

function kernelTable({ steps = [] }: Measured): string[] {
  const all = steps.flatMap((s) => s.kernels).sort((a, b) => b.microseconds * b.times - a.microseconds * a.times);
  const rows = all
    .slice(0, WORST)
    .map((k) => [
      k.workload,
      k.kernel,
      figure(k.microseconds),
      String(k.times),
      k.nest.split("\n")[0]?.slice(0, 90) ?? "",
    ]);
  return table(["workload", "kernel", "us", "times", "nest"], rows);
}
