// How a training shows itself: objects for programs on stdout, or on stderr a live bar for people, a line an epoch for logs.

import { zip } from "../../compiler/arithmetic/lists.ts";
import { ownValue } from "../../compiler/arithmetic/lookup.ts";
import { plainText } from "../../compiler/diagnostics/plain.ts";
import { counted, countText, figureText, rateText, timeText } from "../../project/numbertext.ts";
import { table } from "../../report/tables.ts";
import type { Criterion } from "../../runtime/plan.ts";
import type { BestEpoch, EpochEvent, Figures, StretchEvent } from "../../runtime/train/events.ts";
import { hasColour, note, outJson, writeStyled } from "./say.ts";

export interface RunFacts {
  readonly name: string;
  readonly device: string;
  readonly params: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly unit: string;
  readonly steps: number | undefined;
  /** Names of the steps whose losses are logged, in order. */
  readonly losses: readonly { readonly step: string; readonly sign: number }[];
  /** The learning rates of a step, by the names that its losses have. */
  readonly ratesAt: (step: number) => Figures;
}

export interface EndFacts {
  readonly steps: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  readonly train: Figures | undefined;
  readonly heldout: Figures | undefined;
  /** The epoch whose weights and figures are the result, where that is not simply the last. */
  readonly best: BestEpoch | undefined;
  /** The epoch that did best on the held-out data so far, whether it is the result or not. */
  readonly leading: BestEpoch | undefined;
  /** By which figure. */
  readonly criterion: Criterion;
  /** Epochs without a better one that ended it early. */
  readonly patience: number | undefined;
  readonly dir: string;
}

export interface Reporter {
  /** Writes to stdout itself. */
  readonly json: boolean;
  start(facts: RunFacts): void;
  stretch(event: StretchEvent, rate: number): void;
  epoch(event: EpochEvent): void;
  end(facts: EndFacts): void;
  /** Before anything else is written to the terminal. */
  clear(): void;
}

export function reporterFor(json: boolean): Reporter {
  if (json) return new JsonReporter();
  return process.stderr.isTTY ? new BarReporter() : new LineReporter();
}

class JsonReporter implements Reporter {
  readonly json = true;
  private losses: RunFacts["losses"] = [];
  private training = "";
  private readonly began = performance.now();
  private ratesAt: RunFacts["ratesAt"] = () => ({});
  start({ name, device, params, losses, ratesAt }: RunFacts): void {
    this.losses = losses;
    this.ratesAt = ratesAt;
    this.training = name;
    outJson({ event: "start", training: name, device, params });
  }
  /** Since the run began, to the millisecond. */
  private get seconds(): number {
    return Math.round(performance.now() - this.began) / 1000;
  }
  stretch(event: StretchEvent, rate: number): void {
    const { training, seconds } = this;
    for (const [i, values] of event.losses.entries()) {
      const parts = zip(this.losses, values);
      const loss = parts.reduce((sum, [{ sign }, v]) => sum + sign * v, 0);
      const losses = Object.fromEntries(parts.map(([{ step }, v]) => [step, v]));
      const step = event.first + i;
      const learningRates = this.ratesAt(step);
      outJson({ event: "step", training, step, loss, losses, learningRates, examplesPerSecond: rate, seconds });
    }
  }
  epoch({ epoch, train, heldout, examplesPerSecond }: EpochEvent): void {
    const { training, seconds } = this;
    outJson({ event: "epoch", training, epoch, train, heldout: heldout ?? null, examplesPerSecond, seconds });
  }
  end({ steps, epochs, seconds, examplesPerSecond, train, heldout, best, patience, dir }: EndFacts): void {
    const figures = { train: train ?? null, heldout: heldout ?? null };
    const chosen = best ? { best: best.epoch, early: patience !== undefined } : {};
    outJson({
      event: "end",
      training: this.training,
      steps,
      epochs,
      seconds,
      examplesPerSecond,
      ...figures,
      ...chosen,
      dir,
    });
  }
  clear(): void {}
}

class LineReporter implements Reporter {
  readonly json = false;
  private started: RunFacts | undefined;
  protected get facts(): RunFacts {
    if (!this.started) throw new Error("events of a run that has not started");
    return this.started;
  }
  start(facts: RunFacts): void {
    this.started = facts;
    note(`${facts.name}: ${countText(facts.params)} parameters on ${facts.device}`);
  }
  stretch(_event: StretchEvent, _rate: number): void {}
  epoch(event: EpochEvent): void {
    const { epochs, unit } = this.facts;
    const heldout = event.heldout ? `  held out: ${figuresText(event.heldout)}` : "";
    const rate = `${rateText(event.examplesPerSecond)} ${unit}/s`;
    note(`epoch ${event.epoch}/${epochs}  ${figuresText(event.train)}${heldout}  ${rate}`);
  }
  end(): void {}
  clear(): void {}
}

/** A line that is written again and again, and one that stays for each epoch. */
class BarReporter extends LineReporter {
  private shown = false;
  override stretch(event: StretchEvent, rate: number): void {
    const { epochs, stepsPerEpoch, unit, steps } = this.facts;
    const done = event.first + event.count - 1;
    const all = Math.min(steps ?? Number.POSITIVE_INFINITY, epochs * stepsPerEpoch);
    const within = Math.min(1, (done - Math.floor((done - 1) / stepsPerEpoch) * stepsPerEpoch) / stepsPerEpoch);
    this.began ??= { time: performance.now(), done: event.first - 1 };
    const spent = (performance.now() - this.began.time) / 1000;
    const left = done > this.began.done ? (spent / (done - this.began.done)) * (all - done) : 0;
    const parts = [
      `epoch ${Math.floor((done - 1) / stepsPerEpoch) + 1}/${epochs}`,
      bar(within),
      `${timeText(left)} left`,
      figuresText(event.train),
      `${rateText(rate)} ${unit}/s`,
    ];
    this.draw(parts.join("  "));
  }
  private began: { readonly time: number; readonly done: number } | undefined;
  override epoch(event: EpochEvent): void {
    this.clear();
    super.epoch(event);
  }
  private draw(text: string): void {
    const columns = process.stderr.columns || 80;
    writeStyled(process.stderr, `\r\x1b[2K${plainText(text.slice(0, columns - 1))}`);
    this.shown = true;
  }
  override clear(): void {
    if (this.shown) writeStyled(process.stderr, "\r\x1b[2K");
    this.shown = false;
  }
}

const BAR = 12;
function bar(part: number): string {
  const full = Math.round(part * BAR);
  return `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
}

/** Before so many milliseconds, reading data shows nothing. */
const SILENT = 500;

/** Shows how far the reading of data has come, to people only; undefined for logs. */
export function readingBar(name: string): ((share: number) => void) | undefined {
  if (!process.stderr.isTTY) return undefined;
  const began = performance.now();
  return (share) => {
    if (performance.now() - began < SILENT) return;
    const text = share < 1 ? `${name}: reading  ${bar(share)}  ${Math.floor(100 * share)}%` : "";
    writeStyled(process.stderr, `\r\x1b[2K${plainText(text)}`);
  };
}

export function figuresText(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${figureText(value)}`)
    .join("  ");
}

/** Which epoch's weights are the result, and why the training ended before its time. */
function bestText({ best, leading, criterion: { figure }, epochs, patience, dir }: EndFacts): string[] {
  if (!best) {
    if (leading === undefined || leading.epoch === epochs) return [];
    const { epoch, heldout } = leading;
    return [`epoch ${epoch} was better on the held-out data, ${figure} ${cellOf(heldout[figure])}: ${dir}/best`];
  }
  const early =
    patience === undefined
      ? ""
      : `stopped early, after ${counted(patience, "epoch")} without a better held-out ${figure}: `;
  return [`${early}the result is epoch ${best.epoch}, the best; the last weights are ${dir}/latest`];
}

const cellOf = (figure: number | undefined): string => (figure === undefined ? "" : figureText(figure));

/** The last words of a training, on stdout. */
export function resultTable(facts: RunFacts, end: EndFacts): string {
  const names = [...new Set([...Object.keys(end.train ?? {}), ...Object.keys(end.heldout ?? {})])];
  const row = (title: string, figures: Figures | undefined): string[] =>
    figures ? [title, ...names.map((n) => cellOf(ownValue(figures, n)))] : [];
  const rows = [["", ...names], row("train", end.train), row("held out", end.heldout)].filter((r) => r.length > 0);
  const lines = table(
    rows,
    names.map((_, i) => i + 1),
  ).split("\n");
  const speed = `${rateText(end.examplesPerSecond)} ${facts.unit}/s`;
  const head = `${facts.name}: ${counted(end.epochs, "epoch")}, ${counted(end.steps, "step")} in ${timeText(end.seconds)}, ${speed} on ${facts.device}`;
  const bold = hasColour(process.stdout) ? `\x1b[1m${head}\x1b[0m` : head;
  return [bold, ...[...lines, ...bestText(end), `saved in ${end.dir}`].map(plainText)].join("\n");
}
