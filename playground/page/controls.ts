// The row of buttons, the figures below it, and the bar of the training's progress. In: what the user does goes out as calls. Out: what the
// training says is shown.

import type { LabFacts, OpenOptions } from "../lab/protocol.ts";
import { button, find, make } from "./dom.ts";

export type State = "idle" | "opening" | "ready" | "training" | "paused" | "ended";

export interface ControlEvents {
  readonly train: () => void;
  readonly pause: () => void;
  readonly step: () => void;
  readonly reset: () => void;
  readonly slow: (isWatched: boolean) => void;
  readonly device: () => void;
}

/** Labels of the button, by the state of the training. */
const TRAIN: Readonly<Record<State, string>> = {
  idle: "▶ Train",
  opening: "… Opening",
  ready: "▶ Train",
  training: "❚❚ Pause",
  paused: "▶ Go on",
  ended: "↻ Again",
};

const DEVICES = { auto: "Fastest device", cpu: "Processor", gpu: "WebGPU" } as const;

export class Controls {
  private readonly train: HTMLButtonElement;
  private readonly step: HTMLButtonElement;
  private readonly reset: HTMLButtonElement;
  private readonly device: HTMLSelectElement;
  private readonly bar = make("progress", { max: "1", value: "0", "aria-label": "progress of the training" });
  private readonly stats = make("dl", { class: "stats" });
  private state: State = "idle";

  constructor(events: ControlEvents) {
    const act = (): void => (this.state === "training" ? events.pause() : events.train());
    this.train = button(TRAIN.idle, act, { id: "train" });
    this.step = button("Step", events.step, { id: "step", title: "one step of the optimizer" });
    this.reset = button("Reset", events.reset, {
      id: "reset",
      title: "back to the start, with the program as it stands",
    });
    const speed = select("speed", "speed", { watch: "To watch", full: "Full speed" });
    speed.addEventListener("change", () => events.slow(speed.value === "watch"));
    this.device = select("device", "device", DEVICES);
    this.device.addEventListener("change", events.device);
    const row = make(
      "div",
      { class: "row" },
      this.train,
      this.step,
      this.reset,
      make("span", { class: "push" }),
      speed,
      this.device,
    );
    find("controls").append(row, this.bar, this.stats);
  }

  get options(): OpenOptions {
    return { device: this.device.value as OpenOptions["device"], seed: 1 };
  }

  show(state: State): void {
    this.state = state;
    this.train.textContent = TRAIN[state];
    this.train.disabled = state === "opening";
    this.step.disabled = state === "opening" || state === "ended";
    this.reset.disabled = state === "opening";
    document.body.dataset.state = state;
  }

  progress(share: number): void {
    this.bar.setAttribute("value", String(share));
  }

  /** Figures by their names, in order. */
  figures(all: readonly (readonly [name: string, value: string, unit?: string])[]): void {
    this.stats.replaceChildren(
      ...all.map(([name, value, unit]) =>
        make(
          "div",
          {},
          make("dt", { title: name }, name),
          make("dd", { "data-figure": name }, value, unit === undefined ? undefined : make("small", {}, ` ${unit}`)),
        ),
      ),
    );
  }
}

function select(id: string, label: string, options: Readonly<Record<string, string>>): HTMLSelectElement {
  const all = Object.entries(options).map(([value, text]) => make("option", { value }, text));
  return make("select", { id, "aria-label": label }, ...all) as HTMLSelectElement;
}

/** Figures before the first step. */
export function startFigures({
  params,
  examples,
  heldout,
  unit,
  device,
  epochs,
}: LabFacts): Parameters<Controls["figures"]>[0] {
  return [
    ["epoch", "0", `/ ${epochs.toLocaleString("en")}`],
    ["parameters", params.toLocaleString("en")],
    [unit, examples.toLocaleString("en"), heldout > 0 ? `+ ${heldout.toLocaleString("en")} held out` : ""],
    ["device", deviceName(device)],
  ];
}

export const deviceName = (device: string): string => (device.startsWith("gpu:") ? "WebGPU" : "wasm");
