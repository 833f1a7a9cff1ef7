// Instances: the tree of layers of a program, with their parameters and states. A body that is elaborated again (for
// evaluation, at another call) finds the same instances by where in the text they were made.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { showShape } from "../../arithmetic/dim.ts";
import { make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { newMap, newSet } from "./journal.ts";
import { mistake } from "./mistakes.ts";

/** A parameter or state that is called otherwise in files of weights and programs from before. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

export interface Learned {
  readonly path: string;
  /** Renamings of its definition, of it or its siblings. */
  readonly renamings?: readonly Renaming[] | undefined;
  readonly node: Node;
  readonly role: "parameter" | "state";
  readonly fixed: boolean;
  /** Its start, as a graph without leaves. */
  readonly start: Node;
  readonly span: Span;
}

class LearnedTensor implements Learned {
  readonly path: string;
  readonly renamings: readonly Renaming[];
  readonly node: Node;
  readonly role: "parameter" | "state";
  readonly fixed: boolean;
  readonly span: Span;
  private readonly makeStart: () => Node;
  private made: Node | undefined;

  constructor(
    path: string,
    node: Node,
    role: "parameter" | "state",
    fixed: boolean,
    makeStart: () => Node,
    span: Span,
    renamings: readonly Renaming[],
  ) {
    this.path = path;
    this.node = node;
    this.role = role;
    this.fixed = fixed;
    this.makeStart = makeStart;
    this.span = span;
    this.renamings = renamings;
  }

  get start(): Node {
    this.made ??= this.makeStart();
    return this.made;
  }
}

/** The layers of an instance at one moment. */
export interface InstanceMark {
  readonly children: ReadonlyMap<string, Instance>;
  readonly ordinals: ReadonlyMap<string, number>;
  readonly learned: number;
}

export class Instance {
  readonly path: string;
  readonly kind: string;
  // Most have none of these: one is made for every call of a function.
  private ownLearned: Map<string, Learned> | undefined;
  private ownChildren: Map<string, Instance> | undefined;
  private ownSizes: Map<string, Dim> | undefined;
  private ownOrdinals: Map<string, number> | undefined;
  private ownLoops: Set<Span> | undefined;

  constructor(path: string, kind: string) {
    this.path = path;
    this.kind = kind;
  }

  /** Its own parameters and states, by their names. */
  get learned(): Map<string, Learned> {
    this.ownLearned ??= newMap();
    return this.ownLearned;
  }

  get children(): Map<string, Instance> {
    this.ownChildren ??= newMap();
    return this.ownChildren;
  }

  /** Named sizes of a model's inputs, as its calls solved them. */
  get sizes(): Map<string, Dim> {
    this.ownSizes ??= newMap();
    return this.ownSizes;
  }

  /** Loops whose turns were found to make parameters or states here. */
  get loopsThatLearn(): Set<Span> {
    this.ownLoops ??= newSet();
    return this.ownLoops;
  }

  private get ordinals(): Map<string, number> {
    this.ownOrdinals ??= newMap();
    return this.ownOrdinals;
  }

  /** The layer that was made at a place, if one was. */
  childAt(key: string): Instance | undefined {
    return this.ownChildren?.get(key);
  }

  child(key: string, kind: string): Instance {
    const known = this.children.get(key);
    if (known) return known;
    const ordinal = (this.ordinals.get(kind) ?? 0) + 1;
    this.ordinals.set(kind, ordinal);
    const prefix = this.path === "" || this.path.endsWith("/") ? this.path : `${this.path}.`;
    const made = new Instance(`${prefix}${kind}${ordinal}`, kind);
    this.children.set(key, made);
    return made;
  }

  declare(
    name: string,
    role: "parameter" | "state",
    shape: readonly Dim[],
    fixed: boolean,
    start: () => Node,
    span: Span,
    renamings: readonly Renaming[] = [],
  ): Learned {
    const known = this.learned.get(name);
    if (known) {
      if (showShape(known.node.shape) !== showShape(shape))
        throw mistake(
          "shapes/shared-layer-differs",
          span,
          `'${this.path}.${name}' is ${showShape(known.node.shape)} at its first use and would be ${showShape(shape)} here`,
          {
            hint: "a layer that is bound to a name, and a model, have one set of parameters for all their calls: write the layer again, or `fresh(...)` of it, for parameters of its own",
          },
        );
      return known;
    }
    const path = `${this.path}.${name}`;
    const node = make("parameter", [], { name: path, type: { shape, dtype: "f32" }, role, batched: false });
    const made = new LearnedTensor(path, node, role, fixed, start, span, renamings);
    // A mistake in the start of a tensor that the user declared is found now; the library's starts are known to be well.
    if (!span.file.startsWith("stdlib/")) void made.start;
    this.learned.set(name, made);
    return made;
  }

  /** A snapshot to come back to. */
  mark(): InstanceMark {
    return { children: new Map(this.children), ordinals: new Map(this.ordinals), learned: this.everything().length };
  }

  /** Whether parameters or states were made since. */
  grewSince({ learned }: InstanceMark): boolean {
    return this.everything().length !== learned;
  }

  restore({ children, ordinals }: InstanceMark): void {
    for (const [map, old] of [
      [this.children, children],
      [this.ordinals, ordinals],
    ] as [Map<string, unknown>, ReadonlyMap<string, unknown>][]) {
      map.clear();
      for (const [key, value] of old) map.set(key, value);
    }
  }

  /** All parameters and states at and below, in the order in which they were made. */
  everything(): Learned[] {
    const found: Learned[] = [];
    this.collect(found);
    return found;
  }

  private collect(into: Learned[]): void {
    if (this.ownLearned) for (const learned of this.ownLearned.values()) into.push(learned);
    if (this.ownChildren) for (const child of this.ownChildren.values()) child.collect(into);
  }
}
