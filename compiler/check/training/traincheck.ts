// The check of one training, its models and what they use, again and again as the text is changed. It is run from its beginning each
// time, in the same context: where it comes to its first model, the evaluation goes on with that from the line that was changed, or
// that uses what was changed. In: a program, and later programs whose text differs from it in models, blocks, cells and functions. Out:
// what a check of each by itself would say, with the places of its own file, in which every definition has a slot.

import type { SourceFile, Statement, TopLevel, TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { namesRead } from "../../../grammar/syntax/queries.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import { itemAt, onlyOf } from "../../arithmetic/lists.ts";
import type { ReportMark } from "../evaluate/reporter.ts";
import type { BudgetMark } from "../frame/budget.ts";
import type { Context, ModelBody, Observer } from "../frame/frame.ts";
import type { Component } from "../names/components.ts";
import { takesNumber } from "../names/settings.ts";
import { changedNames, isSameHead, LineCheck, outlineOf, type Text } from "../program/linecheck.ts";
import { isUsedOnly } from "../program/modelcheck.ts";
import { Modules } from "../program/modules.ts";
import { Program } from "../program/program.ts";
import { Slots } from "../program/slots.ts";
import type { Scope } from "../values/values.ts";
import { headOf } from "./lines/settings.ts";
import type { TrainOptions } from "./lines/types.ts";
import { examineTraining } from "./train.ts";

/** A training as one text has it: its definition, and all others of its part of the file. */
interface Part extends Component {
  readonly file: SourceFile;
  readonly training: TrainDefinition;
}

export class TrainCheck extends LineCheck {
  private readonly slots: Slots;
  private readonly options: TrainOptions;
  private readonly outline: string;
  private readonly context: Context;
  private readonly beginning: { readonly budget: BudgetMark; readonly reports: ReportMark };
  private part: Part;
  private wasTried = false;
  /** The text that the evaluation is to go on with from a line, once it comes to the model. */
  private next: { readonly text: Text; readonly line: number } | undefined;

  private constructor(program: Program, slots: Slots, part: Part, options: TrainOptions, observer: Observer) {
    const { file } = part;
    const refuse = (): string => "this program has no folder to import from";
    super(() => new Program(file, program.scope.parent as Scope, new Modules(), refuse), {
      line: (line, context) => this.next || observer.line?.(line, context),
      named: (name, value, context) => this.next || observer.named?.(name, value, context),
    });
    this.slots = slots;
    this.part = part;
    this.options = options;
    this.outline = outlineOf(file);
    this.context = this.kept(() => this.program.frame(true).context);
    this.beginning = { budget: this.context.budget.mark(), reports: this.program.elaborator.mark(this.said) };
  }

  /** Of the definitions of a part, where a check can go on; its lists are the observer's to keep by `addTo`. */
  static of(program: Program, component: Component, options: TrainOptions, observer: Observer): TrainCheck | undefined {
    const slots = Slots.of(program.file);
    const part = slots && partOf(program, component, slots);
    return part && new TrainCheck(program, slots, part, options, observer);
  }

  /** The places of its definitions in its own file. */
  get places(): readonly Span[] {
    return this.part.definitions.map((d) => d.span);
  }

  start(): Diagnostic[] {
    return this.work(this.part.file, () => this.examine());
  }

  /** Checks a later text; undefined where more is another than lines of models and what they use. */
  goOn(program: Program, component: Component, options: TrainOptions): Diagnostic[] | undefined {
    const { body, text: known } = this;
    if (!body || !known || !isSameData(options, this.options) || outlineOf(program.file) !== this.outline)
      return undefined;
    const part = partOf(program, component, this.slots);
    const name = known.definition.name.text;
    const [before, text] = [textOf(this.part, name), part && textOf(part, name)];
    if (!part || !before || !text || !isSameHead(text.definition, before.definition)) return undefined;
    if (!isAlike(this.part, part, [before, text])) return undefined;
    this.part = part;
    for (const d of part.definitions) this.program.replace(d);
    const said = this.work(part.file, () => this.resume(text, body));
    return this.next ? undefined : said;
  }

  protected override stands(run: Text | undefined, _: SourceFile, keys: ReadonlySet<string>): boolean {
    return run?.key !== undefined && keys.has(run.key);
  }

  private resume(text: Text, body: ModelBody): void {
    const { context, beginning, program } = this;
    const line = this.goTo(text, body);
    this.next = { text, line };
    context.applications.beginAgain();
    context.budget.restore(beginning.budget);
    program.elaborator.restore(this.said, beginning.reports);
    this.examine();
  }

  private examine(): void {
    const { program, part, options, context } = this;
    examineTraining(program, part.training, { ...options, context });
    for (const [name, { definition, instance }] of program.models)
      if (instance.children.size === 0 && part.definitions.includes(definition)) program.checkModel(name);
  }

  protected override opened(own: ModelBody): ModelBody {
    const { body, next } = this;
    if (body && next) {
      this.next = undefined;
      this.runFrom(next.line, body);
      return { ...body, definition: next.text.definition };
    }
    const text = this.wasTried ? undefined : this.firstText(own);
    this.wasTried = true;
    if (text) this.begin(own, text);
    else this.program.elaborator.body(own.definition.body, own.frame);
    return own;
  }

  /** The text of the first model that is called, where nothing stands in the way of its lines being gone on with. */
  private firstText({ definition, frame: { context } }: ModelBody): Text | undefined {
    const { memo, stateUpdates, applications, labels, targets } = context;
    const isOwn = memo === this.context.memo && stateUpdates === this.context.stateUpdates;
    if (!isOwn || !applications.isInPlainRoot || labels.length + targets.length > 0) return undefined;
    const name = definition.name.text;
    const text = textOf(this.part, name);
    return text && [definition, ...text.others].some((d) => namesRead(d).includes(name)) ? undefined : text;
  }
}

/** The part of a program that has these definitions, in their slots; undefined where a check of it could not go on. */
function partOf(program: Program, { key, definitions }: Component, slots: Slots): Part | undefined {
  const { file, diagnostics } = program;
  if (diagnostics.some((d) => d.severity === "error") || file.definitions.some((d) => d.kind === "import"))
    return undefined;
  if (!definitions.every((d) => isCheckable(d, program))) return undefined;
  const placed = slots.take(file);
  const own = placed?.definitions.filter((_, i) => definitions.includes(itemAt(file.definitions, i)));
  const training = onlyOf(own?.filter((d) => d.kind === "train") ?? []);
  const data = onlyOf(own?.filter((d) => d.kind === "data") ?? []);
  if (!placed || !own || !training?.data || training.data.text !== data?.name.text) return undefined;
  return { key, file: placed, training, definitions: own };
}

function isCheckable(d: TopLevel, program: Program): boolean {
  // An array of a file may be another the next time.
  if (("broken" in d && d.broken) || namesRead(d).includes("tensor")) return false;
  if (d.kind === "model") return program.models.get(d.name.text)?.definition === d;
  if (d.kind === "train") return d.body.every(isPlainLine);
  return d.kind === "data" || isUsedOnly(d, program);
}

/** Whether a line of a training does the same when it is run again after models were called. */
function isPlainLine(s: Statement): boolean {
  if (s.kind === "setting") return s.parts.length === 0;
  const head = s.kind === "line" ? headOf(s) : undefined;
  return head !== undefined && (/^(loss|minimize|maximize|metric|best)$/.test(head) || takesNumber(head));
}

const isSameData = (a: TrainOptions, b: TrainOptions): boolean =>
  a.fields === b.fields && a.examples === b.examples && a.heldout === b.heldout;

/** A model of a part, and what it may use. */
function textOf({ file, key, definitions }: Part, model: string): Text | undefined {
  const definition = definitions.find((d) => d.kind === "model" && d.name.text === model);
  if (definition?.kind !== "model") return undefined;
  const { start, end } = definition.span;
  const others = definitions.filter((d) => d !== definition && d.kind !== "train" && d.kind !== "data");
  return { key, definition, text: file.text.slice(start, end), others };
}

/** Whether two parts differ in models and what these use alone, in nothing that the training itself uses beside its first model. */
function isAlike(known: Part, now: Part, [before, after]: readonly [Text, Text]): boolean {
  if (known.definitions.length !== now.definitions.length || before.others.length !== after.others.length) return false;
  const changed = changedNames(before.others, after.others);
  return now.definitions.every((d, i) => {
    if (d.kind === "binding") return d === known.definitions[i];
    if (d.kind !== "train" && d.kind !== "data") return true;
    return d === known.definitions[i] && !namesRead(d).some((name) => changed.has(name));
  });
}
