// The page: an editor on one side, a training on the other. In: what the user types and presses. Out: questions to the workers, whose
// answers are shown. Invariant: nothing leaves the page.

import type { LabEvent, LabFacts, Problem } from "../lab/protocol.ts";
import { Charts } from "./charts.ts";
import { Controls, deviceName, type State, startFigures } from "./controls.ts";
import { figure, find, toast } from "./dom.ts";
import { startDownloads } from "./downloads.ts";
import { Editor, type Mistake } from "./editor/editor.ts";
import { hintHere } from "./editor/hints.ts";
import { showMistakes } from "./editor/mistakes.ts";
import { startFiles, type Taken } from "./files.ts";
import { firstText, startGallery } from "./gallery.ts";
import { GraphView } from "./graph.ts";
import { LabClient, LabError } from "./labclient.ts";
import { ModelViews } from "./model/views.ts";
import { fragmentOf, programIn } from "./share.ts";
import { ShownView } from "./shown.ts";
import { startTheme } from "./theme.ts";

/** Milliseconds without a change before the layers are drawn again. */
const QUIET = 250;
/** Milliseconds that the training waits for the first shapes. */
const PATIENCE = 1500;

class App {
  private readonly files: Record<string, Uint8Array> = {};
  private readonly lab = new LabClient((event) => this.heard(event));
  private readonly views = new ModelViews(() => this.watchSoon());
  private readonly charts = new Charts();
  private readonly shown = new ShownView();
  private readonly graph = new GraphView((line) => this.editor.goTo(line));
  private readonly controls: Controls;
  private readonly editor: Editor;
  private readonly gallery: { readonly own: () => void };
  private state: State = "idle";
  private facts: LabFacts | undefined;
  /** The text that is open, as long as it is what stands in the editor. */
  private opened: string | undefined;
  private isReplacing = false;
  private hasBegun = false;
  private layersTimer: ReturnType<typeof setTimeout> | undefined;
  private watching: "no" | "yes" | "again" = "no";
  private evaluated: readonly (readonly [string, string, string?])[] = [];

  constructor() {
    this.controls = new Controls({
      train: () => void this.train(),
      pause: () => void this.pause(),
      step: () => void this.step(),
      reset: () => void this.open(),
      slow: (isWatched) => void this.lab.ask("slow", isWatched),
      device: () => void this.open(),
    });
    const text = programIn(location.hash) ?? firstText();
    this.editor = new Editor(find("editor"), text, {
      changed: (now) => this.changed(now),
      mistakes: (found) => this.mistaken(found),
      shaped: () => this.begin(),
    });
    this.gallery = startGallery(
      (chosen) => this.replace(chosen),
      (message) => this.complain(message),
    );
    if (programIn(location.hash) !== undefined) this.gallery.own();
    else if (location.hash.startsWith("#p=")) this.complain("The address holds no program that can be read.");
    startFiles(
      (taken) => void this.take(taken),
      (message) => this.complain(message),
    );
    startDownloads({
      lab: this.lab,
      text: () => this.editor.text,
      name: () => this.facts?.training ?? "program",
      failed: (error) => this.blame(error),
    });
    startTheme(() => this.recolour());
    find("share").addEventListener("click", () => void this.share());
    addEventListener("hashchange", () => {
      const shared = programIn(location.hash);
      if (shared === undefined || shared === this.editor.text) return;
      this.gallery.own();
      this.replace(shared);
    });
    this.editor.serve(this.files);
    setTimeout(() => this.begin(), PATIENCE);
  }

  /** Shapes come first: on a machine of few cores the training would take its time from them. */
  private begin(): void {
    if (!this.hasBegun) void this.open();
  }

  // -------------------------------------------------------------- the program

  /** Puts another program in place. */
  private replace(text: string): void {
    this.isReplacing = true;
    this.editor.text = text;
    this.isReplacing = false;
    this.layersSoon(0);
    void this.open();
  }

  /** Files of the user: a program that names them is checked with them, any other makes room for one that does. */
  private async take({ files, path }: Taken): Promise<void> {
    const [bytes] = Object.values(files);
    const isOne = Object.keys(files).length === 1;
    if (isOne && bytes && /\.(png|jpe?g)$/i.test(path) && (await this.views.pad.takeFile(bytes))) return;
    Object.assign(this.files, files);
    this.editor.serve(this.files);
    const { text } = this.editor;
    const isNamed = text.includes(`"${path}"`);
    const next = isNamed ? text : await this.lab.ask("starter", files, path).catch((error) => this.blame(error));
    if (next === undefined) return;
    if (!isNamed) this.gallery.own();
    this.replace(next);
    const count = Object.keys(files).length;
    toast(
      count === 1 ? `${path} is in this page, and nowhere else.` : `${count} files are in this page, and nowhere else.`,
    );
  }

  private changed(text: string): void {
    if (this.isReplacing) return;
    this.layersSoon(QUIET);
    const isBegun = this.state === "paused" || this.state === "ended" || this.state === "training";
    if (isBegun && text !== this.opened) this.note("The program has changed: Reset starts it from the beginning.");
  }

  private mistaken(found: readonly Mistake[]): void {
    showMistakes(find("mistakes"), found, (line) => this.editor.goTo(line));
  }

  private layersSoon(milliseconds: number): void {
    clearTimeout(this.layersTimer);
    this.layersTimer = setTimeout(async () => {
      // A program with mistakes keeps its last drawing; the mistakes stand below the editor.
      const boxes = await this.lab.ask("layers", this.program).catch(() => undefined);
      if (boxes) this.graph.show(boxes);
    }, milliseconds);
  }

  private get program() {
    return { text: this.editor.text, files: this.files };
  }

  // -------------------------------------------------------------- the training

  private async open(): Promise<boolean> {
    if (!this.hasBegun) this.layersSoon(0);
    this.hasBegun = true;
    // Opening may take long: end it rather than wait.
    if (this.state === "opening") this.lab.end();
    const { text } = this.editor;
    this.show("opening");
    this.say(undefined);
    try {
      const facts = await this.lab.ask("open", this.program, this.controls.options);
      this.opened = text;
      this.adopt(facts);
      this.show("ready");
      this.watchSoon();
      return true;
    } catch (error) {
      if (error instanceof LabError && error.problem.code === "ended") return false;
      this.opened = undefined;
      this.fail(error);
      return false;
    }
  }

  private adopt(facts: LabFacts): void {
    this.facts = facts;
    this.evaluated = [];
    this.charts.clear(facts.heldout > 0);
    this.shown.clear();
    this.views.open(facts);
    this.controls.figures(startFigures(facts));
    this.controls.progress(0);
    if (facts.note !== undefined) this.note(facts.note);
  }

  private async train(): Promise<void> {
    const isFresh = this.state === "ready" && this.opened === this.editor.text;
    if (this.state !== "paused" && !isFresh && !(await this.open())) return;
    this.show("training");
    await this.lab.ask("run").catch((error) => this.fail(error));
  }

  private async pause(): Promise<void> {
    await this.lab.ask("pause").catch((error) => this.fail(error));
    if (this.state === "training") this.show("paused");
  }

  private async step(): Promise<void> {
    const isOpen = this.state === "paused" || this.state === "training" || this.opened === this.editor.text;
    if (!isOpen && !(await this.open())) return;
    this.show("paused");
    await this.lab.ask("step").catch((error) => this.fail(error));
  }

  private show(state: State): void {
    this.state = state;
    this.controls.show(state);
  }

  private heard(event: LabEvent): void {
    switch (event.kind) {
      case "steps":
        this.charts.addSteps(event);
        this.stepped(event);
        return;
      case "epoch":
        this.charts.addEpoch(event);
        this.evaluated = Object.entries(event.heldout ?? {}).map(([name, value]) => [
          `${name}, held out`,
          figure(value),
        ]);
        return;
      case "shown":
        this.shown.add(event);
        return;
      case "views":
        this.views.show(event.views);
        return;
      case "training":
        this.adopt(event.facts);
        this.watchSoon();
        return;
      case "end":
        this.controls.progress(1);
        this.show("ended");
        toast(
          event.reason === "epochs" ? "The training has come to its end." : `The training has ended: ${event.reason}.`,
        );
        return;
      default:
        this.fail(new LabError(event.problem));
    }
  }

  private stepped({ epoch, step, share, loss, train, rate }: Extract<LabEvent, { kind: "steps" }>): void {
    const { facts } = this;
    if (!facts) return;
    const metrics = Object.entries(train).filter(([name]) => name !== "loss");
    this.controls.progress((epoch + share) / Math.max(1, facts.epochs));
    const counted = share >= 1 ? epoch + 1 : epoch;
    this.controls.figures([
      ["epoch", String(counted), `/ ${facts.epochs.toLocaleString("en")}`],
      ["step", step.toLocaleString("en")],
      ["loss", figure(loss)],
      ...metrics.map(([name, value]) => [name, figure(value)] as const),
      ...this.evaluated,
      [`${facts.unit} a second`, Math.round(rate).toLocaleString("en")],
      ["device", deviceName(facts.device)],
    ]);
  }

  // -------------------------------------------------------------- looking

  /** Asks for what is shown, one question at a time. */
  private watchSoon(): void {
    if (this.state === "opening" || this.watching !== "no") {
      if (this.watching === "yes") this.watching = "again";
      return;
    }
    this.watching = "yes";
    requestAnimationFrame(async () => {
      await this.lab.ask("watch", this.views.wanted).catch(() => undefined);
      const isAgain = this.watching === "again";
      this.watching = "no";
      if (isAgain) this.watchSoon();
    });
  }

  private recolour(): void {
    this.graph.colour();
    this.charts.redraw();
    this.views.draw();
  }

  // -------------------------------------------------------------- words

  private fail(error: unknown): void {
    this.show("idle");
    this.blame(error);
  }

  private blame(error: unknown): void {
    const unknown: Problem = { code: "internal", message: String(error), hint: undefined, line: undefined };
    this.say(error instanceof LabError ? error.problem : unknown);
  }

  private complain(message: string): void {
    this.say({ code: "", message, hint: undefined, line: undefined });
  }

  private note(text: string): void {
    find("message").className = "";
    find("message").textContent = text;
  }

  private say(problem: Problem | undefined): void {
    const place = find("message");
    place.className = problem ? "bad" : "";
    place.replaceChildren();
    if (!problem) return;
    const { code, message, hint, line } = problem;
    place.append(line !== undefined && line > 1 ? `line ${line}: ${message}` : message);
    if (hint === undefined) return;
    const below = document.createElement("span");
    below.className = "hint";
    below.textContent = `hint: ${hintHere(code, hint)}`;
    place.append(below);
  }

  private async share(): Promise<void> {
    history.replaceState(null, "", fragmentOf(this.editor.text));
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    toast(copied ? "The address with your program is copied." : "The address now holds your program: copy it.");
  }
}

new App();
