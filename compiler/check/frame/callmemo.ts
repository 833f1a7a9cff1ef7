// Results of model calls, remembered by the identity of what they were given: equal calls are one, so that a loss and a
// metric share their draws and running averages move once. Values are compared as the program means them: tensors by
// node and fields, functions and blocks as the definitions they are, texts apart from numbers.
//
// In: an instance, where the call stands, and its arguments. Out: the value of an equal call before it, if there was one.

import { namesRead } from "../../../grammar/syntax/queries.ts";
import { showDim } from "../../arithmetic/dim.ts";
import type { Instance } from "../values/instance.ts";
import { newMap } from "../values/journal.ts";
import type { DefinitionValue, LayerValue, Value } from "../values/values.ts";
import type { Application } from "./application.ts";

/** Dependencies of a call beside its arguments. */
export interface CallContext {
  readonly training: boolean;
  readonly fixed: boolean;
  readonly moved: object | undefined;
  readonly timed: number;
  readonly step: object | undefined;
}

/** The result of a call, and the call. */
export interface CallResult {
  readonly value: Value;
  readonly call: Application;
}

export class CallMemo {
  private readonly results = newMap<string, CallResult>();
  private readonly ids = new Map<string, number>();
  private readonly known = new WeakMap<Value, number>();
  /** Values that are being described. */
  private readonly open = new Set<Value>();
  private readonly objects = new WeakMap<object, number>();
  private count = 0;

  /** The key of a call: results differ by mode, by whether it is fixed or moved, by the loop over time and by the step of a cell that it stands in. */
  keyOf(instance: Instance, context: CallContext, values: Iterable<Value>): string {
    const [step, moved] = [context.step, context.moved].map((o) => (o ? this.objectId(o) : 0));
    const place = `${this.objectId(instance)} ${context.training} ${context.fixed} ${moved} ${context.timed} ${step}`;
    return `${place}(${[...values].map((v) => this.idOf(v)).join()})`;
  }

  get(key: string): CallResult | undefined {
    return this.results.get(key);
  }

  set(key: string, result: CallResult): void {
    this.results.set(key, result);
  }

  /** The same number for values that cannot be told apart, another for every other. */
  private idOf(value: Value): number {
    const known = this.known.get(value);
    if (known !== undefined) return known;
    // `f = g { f }`: a block may read a name that came to stand for what the block is part of.
    if (this.open.has(value)) return this.objectId(value);
    this.open.add(value);
    const text = this.describe(value);
    this.open.delete(value);
    const id = this.ids.get(text) ?? ++this.count;
    this.ids.set(text, id);
    this.known.set(value, id);
    return id;
  }

  private describe(v: Value): string {
    switch (v.kind) {
      case "tensor": {
        const classes = v.classes === undefined ? "" : showDim(v.classes);
        return `tensor ${this.objectId(v.node)} ${classes} ${this.table(v.fields)}`;
      }
      case "number":
        return `number ${Object.is(v.value, -0) ? "-0" : showDim(v.value)} ${v.length ? this.objectId(v.length) : ""}`;
      case "string":
        return `string ${v.value}`;
      case "boolean":
        return `boolean ${v.value}`;
      case "list":
        return `list ${this.all(v.items)}`;
      case "builtin":
        return `builtin ${v.name}`;
      case "definition":
        return `definition ${this.ofDefinition(v)}`;
      case "layer":
        return `layer ${this.ofLayer(v)}`;
      case "partial":
        return `partial ${this.idOf(v.callee)} ${this.all(v.given.positional)} ${this.table(v.given.named)}`;
      default:
        return v.kind;
    }
  }

  private ofDefinition({ definition, scope, instance, moved }: DefinitionValue): string {
    const [own, values] = [instance, moved].map((o) => (o ? this.objectId(o) : ""));
    return `${this.objectId(definition)} ${this.objectId(scope)} ${own} ${values}`;
  }

  /** A block that is written out reads names around it, which may have come to stand for something else. */
  private ofLayer({ definition, arguments: own, starts, scope, instance, moved }: LayerValue): string {
    const values = moved ? this.objectId(moved) : "";
    const place = `${this.objectId(instance)} ${values} ${this.table(own)} ${this.table(starts)}`;
    if (definition.kind !== "literal") return `${this.objectId(definition)} ${place}`;
    const outside = namesRead(definition.block).flatMap((name) => {
      const value = scope.get(name);
      return value ? [`${name}=${this.idOf(value)}`] : [];
    });
    return `${this.objectId(definition.block)} ${place} ${outside.join()}`;
  }

  private all(values: readonly Value[]): string {
    return values.map((v) => this.idOf(v)).join();
  }

  private table(values: ReadonlyMap<string, Value> | undefined): string {
    return values ? [...values].map(([name, v]) => `${name}=${this.idOf(v)}`).join() : "";
  }

  private objectId(of: object): number {
    const known = this.objects.get(of);
    if (known !== undefined) return known;
    this.objects.set(of, ++this.count);
    return this.count;
  }
}
