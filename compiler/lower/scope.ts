// A scope of lowering: one graph, or the body of one loop, with the places of its values. The body of a loop has the graph around
// it as its parent, and reads that through aliases. What both hold, such as coordinates, has a place of its own in each.

import type { Extents, Index } from "../arithmetic/affine.ts";
import { zero } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { extent } from "../arithmetic/dim.ts";
import type { DType } from "../arithmetic/dtype.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { Node } from "../graph/node.ts";
import type { Axis } from "../loops/nest.ts";
import type { Buffer, Role, Storage } from "../loops/storage.ts";
import { isActivation } from "./activations.ts";

/** State that all scopes of one lowering share. */
interface Program {
  readonly batch: number;
  readonly buffers: Map<string, Buffer>;
  /** Makes names differ. */
  counter: number;
}

/** A leaf of a loop's body: a value of the graph around it, or its slice at a step. */
export interface Alias {
  readonly outer: Node;
  readonly time?: { readonly axis: number; readonly at: Index };
}

/** Values of a tensor over the time of a loop: all of them, or the last ones. */
export interface History {
  readonly storage: Storage;
  /** Axis of time. */
  readonly axis: number;
  /** Values that it has room for. */
  readonly slots: number;
}

/** Where the results of a scan that was lowered lie. */
export interface LoweredScan {
  readonly histories: readonly History[];
  readonly stacks: readonly (
    | { readonly kind: "state"; readonly state: number; readonly from: number }
    | { readonly kind: "stack"; readonly stack: History }
  )[];
  readonly reverse: boolean;
  readonly steps: number;
}

/** The loop over time that a scope is the body of. */
interface TimeLoop {
  readonly time: string;
  readonly length: number;
}

export interface Scope {
  readonly program: Program;
  readonly parent: Scope | undefined;
  readonly loop: TimeLoop | undefined;
  /** The nodes of its graph, as far as it computes them. */
  readonly nodes: Set<Node>;
  readonly storages: Map<Node, Storage>;
  readonly aliases: Map<Node, Alias>;
  readonly scans: Map<Node, LoweredScan>;
  /** Contractions and reductions whose epilogue is another node: the first by the second. */
  readonly heads: Map<Node, Node>;
}

const emptyScope = (program: Program, parent?: Scope, loop?: TimeLoop): Scope => ({
  program,
  parent,
  loop,
  nodes: new Set(),
  storages: new Map(),
  aliases: new Map(),
  scans: new Map(),
  heads: new Map(),
});

export const programScope = (batch: number): Scope => emptyScope({ batch, buffers: new Map(), counter: 0 });

export const bodyScope = (parent: Scope, loop: TimeLoop): Scope => emptyScope(parent.program, parent, loop);

export const freshName = ({ program }: Scope, name: string): string => `${name}${program.counter++}`;

export const sizeOf = ({ program }: Scope, dim: Dim): number => extent(dim, program.batch);

export const sizesOf = (scope: Scope, { shape }: Node): number[] => shape.map((d) => sizeOf(scope, d));

/** Extents of axes and of the times of all loops around them. */
export function extentsOf(scope: Scope, axes: readonly Axis[]): Extents {
  const extents = new Map(axes.map((a) => [a.name, sizeOf(scope, a.extent)]));
  for (let s: Scope | undefined = scope; s; s = s.parent) if (s.loop) extents.set(s.loop.time, s.loop.length);
  return extents;
}

export function addBuffer({ program }: Scope, name: string, size: number, role: Role, dtype: DType): string {
  if (!program.buffers.has(name)) program.buffers.set(name, { name, size, role, dtype });
  return name;
}

/** The same for values of a node, or of what is like it. */
export function addBufferOf(
  scope: Scope,
  node: Node,
  { name, size, role }: Pick<Buffer, "name" | "size" | "role">,
): string {
  const { buffers } = scope.program;
  const holdsActivations = isActivation(node);
  if (!buffers.has(name))
    buffers.set(name, { name, size, role, dtype: node.dtype, ...(holdsActivations ? { holdsActivations } : {}) });
  return name;
}

/** A buffer that holds a tensor in row-major order. */
export function plainStorage(scope: Scope, name: string, node: Node, role: Role): Storage {
  const shape = sizesOf(scope, node);
  const size = shape.reduce((a, b) => a * b, 1);
  const buffer = addBufferOf(scope, node, { name, size, role });
  return { buffer, strides: rowMajor(shape), offset: zero, dtype: node.dtype };
}

export const freshStorage = (scope: Scope, node: Node): Storage =>
  plainStorage(scope, freshName(scope, `${node.op}_`), node, "temporary");
