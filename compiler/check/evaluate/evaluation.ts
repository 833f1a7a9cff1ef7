// The evaluation of one program, as the functions of this folder see it: what was said and found so far, and those of them that
// files further down call. A body calls a model, which runs a body: the way back leads through this record.

import type { Argument, BlockExpression, Expression, Parameter, Statement } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";
import type { Evaluator, Frame } from "../frame/frame.ts";
import type { FileTensors } from "../values/filetensors.ts";
import type { ArgumentSpans, Callable, ModelValue, TensorValue, Value } from "../values/values.ts";
import type { Roller } from "./loops.ts";
import type { Reporter } from "./reporter.ts";

export interface Evaluation extends Reporter, Evaluator, Roller {
  /** Comparisons that were refused, and where. */
  readonly compared: Map<string, number>;
  /** Fields of whole numbers, and the same numbers as classes. */
  readonly asClasses: Map<Node, TensorValue & { readonly classes: Dim }>;
  /** Values that did not fit an input, and where that was first said. */
  readonly misfits: Map<Node, ReadonlyMap<Parameter, number>>;
  /** Arrays of files that the program names. */
  readonly fileTensors: FileTensors;
  /** Arguments that a model lacks, by their first report. */
  readonly lacking: Map<Callable, string>;

  call(callee: Expression, args: readonly Argument[], span: Span, f: Frame): Value;
  flow(head: Expression, args: readonly Argument[], block: BlockExpression | undefined, span: Span, f: Frame): Value;
  /** Makes a model's parameters where its inputs' sizes are known without a call. */
  openModel(target: ModelValue, span: Span, f: Frame): void;
  applyModel(
    target: ModelValue,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
    spans?: ArgumentSpans,
  ): Value;
  body(statements: readonly Statement[], f: Frame): void;
}
