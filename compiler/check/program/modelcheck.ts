// The check of one model that nothing else in its part of the file needs, again and again as its text is changed: it goes on from the
// line that was changed. In: a program, and later programs whose text differs from it in the lines of the model alone. Out: what a
// check of each by itself would say.

import type { ModelDefinition, SourceFile, TopLevel } from "../../../grammar/syntax/ast.ts";
import { namesRead } from "../../../grammar/syntax/queries.ts";
import { isSameTree } from "../../../grammar/syntax/same.ts";
import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import { endOfModel } from "../evaluate/models.ts";
import type { Application } from "../frame/application.ts";
import type { ModelBody, Observer } from "../frame/frame.ts";
import type { ModelValue } from "../values/values.ts";
import { isSameHead, LineCheck, outlineOf, type Text } from "./linecheck.ts";
import type { Program } from "./program.ts";

/** The definitions of a part whose only holder of parameters is one model. */
interface Lone {
  readonly model: ModelDefinition;
  readonly others: readonly TopLevel[];
}

export class ModelCheck extends LineCheck {
  private readonly lone: Lone;
  private readonly outline: string;
  private root: Application | undefined;

  private constructor(program: Program, lone: Lone, observer: Observer) {
    super(() => program, observer);
    this.lone = lone;
    this.outline = outlineOf(program.file);
  }

  /** Of the definitions of a part, where they are one model and what it uses; its lists are the observer's to keep by `addTo`. */
  static of(program: Program, definitions: readonly TopLevel[], observer: Observer): ModelCheck | undefined {
    const lone = loneModel(program, definitions);
    return lone && new ModelCheck(program, lone, observer);
  }

  /** Checks the model of the text that it was made with. */
  start(): Diagnostic[] {
    return this.work(this.program.file, () => this.program.checkModel(this.lone.model.name.text));
  }

  /** Checks the model of a later text; undefined where more than its lines is another. */
  goOn(program: Program, definitions: readonly TopLevel[]): Diagnostic[] | undefined {
    const { body, root } = this;
    const lone = loneModel(program, definitions);
    if (!body || !root || !lone || !this.isAlike(lone, program.file)) return undefined;
    const text = textOfModel(lone, program.file.text);
    return this.work(program.file, () => this.resume(text, body, root));
  }

  protected override stands(run: Text | undefined, { definitions, text }: SourceFile): boolean {
    return (
      run !== undefined &&
      definitions.some((d) => d.span.start === run.definition.span.start && run.text === textOf(d, text))
    );
  }

  private isAlike({ model, others }: Lone, file: SourceFile): boolean {
    const known = this.lone;
    return (
      outlineOf(file) === this.outline &&
      others.length === known.others.length &&
      others.every((d, i) => isSameTree(d, known.others[i])) &&
      isSameHead(model, known.model)
    );
  }

  protected override opened(body: ModelBody): ModelBody {
    if (this.body) this.program.elaborator.body(body.definition.body, body.frame);
    else {
      [this.root] = body.frame.context.applications.roots;
      this.begin(body, textOfModel(this.lone, this.program.file.text));
    }
    return body;
  }

  private resume(text: Text, body: ModelBody, root: Application): void {
    const { definition } = text;
    const { elaborator } = this.program;
    const at = this.goTo(text, body);
    body.frame.context.applications.goOn(root, { ...root.callee, definition } as ModelValue, (end) => {
      this.runFrom(at, body);
      end(endOfModel(elaborator, { ...body, definition }));
    });
    this.program.refuseHuge(body.frame.instance, definition);
  }
}

/** Definitions that hold no parameters and are evaluated where they are used. */
const USED: ReadonlySet<TopLevel["kind"]> = new Set<TopLevel["kind"]>(["block-definition", "cell", "fn"]);

/** Whether a definition is evaluated where it is used, and holds no parameters. */
export const isUsedOnly = (d: TopLevel, { scope }: Program): boolean =>
  d.kind === "binding"
    ? d.statement.targets.every((t) => /^(number|string|boolean)$/.test(scope.get(t.text)?.kind ?? ""))
    : USED.has(d.kind);

function loneModel(program: Program, definitions: readonly TopLevel[]): Lone | undefined {
  const { file, models } = program;
  const model = onlyOf(definitions.filter((d) => d.kind === "model"));
  const others = definitions.filter((d) => d !== model);
  if (!model || model.broken || !others.every((d) => isUsedOnly(d, program))) return undefined;
  const name = model.name.text;
  // A definition that calls itself reads its own name.
  const isPlain = models.get(name)?.definition === model && !namesRead(model.body).includes(name);
  return isPlain && file.definitions.includes(model) ? { model, others } : undefined;
}

const textOf = ({ span }: TopLevel, text: string): string => text.slice(span.start, span.end);

const textOfModel = ({ model, others }: Lone, text: string): Text => ({
  definition: model,
  text: textOf(model, text),
  others,
});
