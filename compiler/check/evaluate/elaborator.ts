// Elaboration: running a program at compile time. Definitions are called, sizes computed, loops written out; what is left is a
// graph of one example. Every mistake becomes a diagnostic at its line, and its consequences stay silent.

import type { Argument, BlockExpression, Expression, Parameter, Statement } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";
import type { Context, Frame } from "../frame/frame.ts";
import { FileTensors } from "../values/filetensors.ts";
import { newMap } from "../values/journal.ts";
import type {
  ArgumentSpans,
  Callable,
  InputParameter,
  LayerValue,
  ModelValue,
  Resolved,
  Scope,
  TensorValue,
  Value,
} from "../values/values.ts";
import { applyTarget, evaluateCall, evaluateFlow, runLayer } from "./calls.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import type { LoopStatement } from "./loops.ts";
import { applyModel, openModel, symbolicInput } from "./models.ts";
import { Reporter } from "./reporter.ts";
import { decideCondition, listItems, listTurns, reportMistake, runStatements } from "./statements.ts";

/** An evaluation of a program: its findings so far, and the functions of this folder by their names. */
export class Elaborator extends Reporter implements Evaluation {
  readonly compared = newMap<string, number>();
  readonly asClasses = newMap<Node, TensorValue & { readonly classes: Dim }>();
  readonly misfits = newMap<Node, ReadonlyMap<Parameter, number>>();
  readonly lacking = newMap<Callable, string>();
  fileTensors = new FileTensors();

  value(e: Expression, f: Frame): Value {
    return evaluate(this, e, f);
  }

  call(callee: Expression, args: readonly Argument[], span: Span, f: Frame): Value {
    return evaluateCall(this, callee, args, span, f);
  }

  flow(head: Expression, args: readonly Argument[], block: BlockExpression | undefined, span: Span, f: Frame): Value {
    return evaluateFlow(this, head, args, block, span, f);
  }

  apply(target: Value, given: Resolved, span: Span, f: Frame, key: string): Value {
    return applyTarget(this, target, given, span, f, key);
  }

  applyModel(
    target: ModelValue,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
    spans?: ArgumentSpans,
  ): Value {
    return applyModel(this, target, positional, named, span, f, spans);
  }

  openModel(target: ModelValue, span: Span, f: Frame): void {
    openModel(this, target, span, f);
  }

  symbolicInput(p: InputParameter, scope: Scope, f: Frame): TensorValue {
    return symbolicInput(this, p, scope, f);
  }

  runBody(layer: LayerValue, input: Value | undefined, f: Frame, scope: Scope, context: Context): Value {
    return runLayer(this, layer, input, f, scope, context);
  }

  body(statements: readonly Statement[], f: Frame): void {
    runStatements(this, statements, f);
  }

  reportIn(error: unknown, s: Statement, f: Frame): void {
    reportMistake(this, error, s, f);
  }

  turns(s: LoopStatement, f: Frame): readonly Value[] {
    return listTurns(this, s, f);
  }

  each(e: Expression, f: Frame): readonly Value[] {
    return listItems(this, e, f);
  }

  decided(e: Expression, f: Frame): boolean {
    return decideCondition(this, e, f);
  }
}
