// Figures of all training examples (`mean(x, over=data)`): states that passes over the data fill before the first step.

import type { Span } from "../../../grammar/syntax/span.ts";
import { type Dim, showShape } from "../../arithmetic/dim.ts";
import { broadcast, constant, div, make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import type { Learned } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import { accumulate, stateLeaf } from "./accumulate.ts";

/** A mean over all training examples: in pass `level`, each batch adds its share. */
export interface Measure {
  readonly learned: Learned;
  readonly level: number;
  readonly share: Node;
}

/** The means over its training examples that the body of one data declaration asks for, by place. */
export class Measures {
  private readonly known = new Map<number, Measure>();
  private readonly data: string;
  private readonly examples: number;

  constructor(data: string, examples: number) {
    this.data = data;
    this.examples = examples;
  }

  /**
   * The mean of a value of one example. Where a place is met again (in training, where examples are varied) its figure is
   * the one of the first time: that of the examples as they are.
   */
  mean(place: number, value: Node, span: Span): Node {
    const known = this.known.get(place) ?? this.measure(place, value, span);
    if (showShape(known.learned.node.shape) !== showShape(value.shape))
      throw mistake(
        "shapes/statistic-differs",
        span,
        `this mean over the data is ${showShape(known.learned.node.shape)} of the examples as they are, and would be ${showShape(value.shape)} in training`,
        { hint: "take it before what changes the size in training" },
      );
    return known.learned.node;
  }

  private measure(place: number, value: Node, span: Span): Measure {
    const path = `data.${this.data}.mean${this.known.size + 1}`;
    const learned = stateNamed(path, value.shape, span);
    const inside = new Set(topological([value]));
    const below = [...this.known.values()].filter((m) => inside.has(m.learned.node)).map((m) => m.level);
    const total = make("over_batch", [value], { combine: "sum" });
    const share = div(total, constant(Math.max(1, this.examples)));
    const made = { learned, level: Math.max(-1, ...below) + 1, share };
    this.known.set(place, made);
    return made;
  }

  get learned(): readonly Learned[] {
    return [...this.known.values()].map((m) => m.learned);
  }

  /** The step of each pass over the data; a pass reads what those before it found. */
  passes(): { name: string; results: { name: string; node: Node; into: string }[]; logged: string[] }[] {
    const all = [...this.known.values()];
    const count = Math.max(0, ...all.map((m) => m.level + 1));
    return Array.from({ length: count }, (_, level) => ({
      name: `measure${level}`,
      results: all
        .filter((m) => m.level === level)
        .flatMap(({ learned, share }) => {
          const { total, rest } = accumulate(learned.node, share);
          return [total, rest].map(({ path, node }) => ({ name: path, node, into: path }));
        }),
      logged: [],
    }));
  }
}

function stateNamed(path: string, shape: readonly Dim[], span: Span): Learned {
  const node = stateLeaf(path, shape);
  return { path, node, role: "state", fixed: true, start: broadcast(constant(0), shape), span };
}
