// The values on the way through a model, one for each line of the program: what is drawn of units and channels. In: a model as a
// graph, with what its lines applied. Out: nodes by the text of their lines.

import { isNumber } from "../../compiler/arithmetic/dim.ts";
import type { Application } from "../../compiler/check/frame/application.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { AppliedGraph } from "../../project/use/model/apply.ts";

export interface Stage {
  readonly name: string;
  readonly shape: readonly number[];
  readonly node: Node;
}

/** Lines that are looked at, and numbers of each. */
const MOST = 24;
const LARGEST = 1 << 18;

/** A line that is run several times in a row gives what its last run gives. */
export function stagesOf({ applications, weights }: AppliedGraph): readonly Stage[] {
  const { texts } = weights.opened;
  const stages: (Stage & { readonly place: string })[] = [];
  for (const { span, output } of inOrder(applications)) {
    const lines = texts.get(span.file);
    if (!lines || output.kind !== "tensor" || !output.node.shape.every(isNumber)) continue;
    const { line } = lines.at(span.start);
    const place = `${span.file}:${line}`;
    if (stages.at(-1)?.place === place) stages.pop();
    const name = nameOf(lines.text.split("\n")[line - 1] ?? "");
    stages.push({ name: name || `line ${line}`, shape: output.node.shape.map(Number), node: output.node, place });
  }
  const names = new Map<string, number>();
  const seen = new Set<Node>();
  const kept: Stage[] = [];
  for (const { name, shape, node } of stages) {
    if (seen.has(node) || shape.length === 0 || shape.reduce((a, b) => a * b, 1) > LARGEST) continue;
    seen.add(node);
    const count = (names.get(name) ?? 0) + 1;
    names.set(name, count);
    kept.push({ name: count > 1 ? `${name} (${count})` : name, shape, node });
  }
  return kept.slice(0, MOST);
}

/** A line without its comment, and without a brace at its end that belongs to other lines. */
function nameOf(line: string): string {
  const text = line.replace(/#.*$/, "").trim();
  const isPaired = text.split("{").length === text.split("}").length;
  return isPaired ? text : text.replace(/[{}]$/, "").trim();
}

/** Applications by the program's own text, in the order in which they ended. */
function* inOrder(applications: readonly Application[]): Generator<Application> {
  for (const application of applications) {
    if (application.span.file.startsWith("stdlib/")) continue;
    yield* inOrder(application.children);
    yield application;
  }
}
