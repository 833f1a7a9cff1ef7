// Strided adjoints without divisibility tests: a coordinate (h + p - d*i)/s that must divide exactly is split by the
// remainder of h into s dense spaces, each of which writes every s-th place of h.

import type { Dim } from "../arithmetic/dim.ts";
import { isNumber } from "../arithmetic/dim.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import type { Affine } from "../graph/op.ts";
import { affine } from "../graph/op.ts";

export interface Space {
  readonly axes: readonly (readonly [name: string, extent: Dim])[];
  readonly out: readonly string[];
  readonly operands: readonly (readonly Affine[])[];
  /** Output coordinate = stride * axis + offset. */
  readonly placed: ReadonlyMap<string, { readonly stride: number; readonly offset: number }>;
}

export function dense(space: Space): Space[] {
  const divided = space.operands.flat().find((i) => i.div !== 1);
  if (!divided) return [space];
  const position = divided.terms.find(([n, c]) => c === 1 && space.out.includes(n));
  if (!position || divided.terms.length > 2) throw new Error("a divided coordinate is position + constant - d*offset");
  const list: Space[] = [];
  for (let r = 0; r < divided.div; r++) list.push(...dense(phase(space, divided, position[0], r)));
  return list;
}

function phase(space: Space, divided: Affine, position: string, r: number): Space {
  const s = divided.div;
  const sizes = new Map(space.axes);
  const positions = Math.ceil(((sizes.get(position) as number) - r) / s);
  const offsetTerm = divided.terms.find(([n]) => n !== position);
  const substitutions = new Map<string, Affine>([[position, affine([[position, s]], r)]]);
  sizes.set(position, Math.max(0, positions));
  let empty = false;
  if (offsetTerm) {
    const [name, c] = offsetTerm;
    const count = lookUp(sizes, name);
    if (!isNumber(count)) throw new Error("a window has a fixed size");
    const first = Array.from({ length: count }, (_, i) => i).find((i) => mod(r + divided.offset + c * i, s) === 0);
    const step = s / gcd(Math.abs(c), s);
    empty = first === undefined;
    sizes.set(name, first === undefined ? 0 : Math.ceil((count - first) / step));
    substitutions.set(name, affine([[name, step]], first ?? 0));
  } else if (mod(r + divided.offset, s) !== 0) throw new Error("a window of one place has an offset axis of size one");
  // No window reaches these places: nothing is read, and the coordinate does not matter.
  const rewritten = (i: Affine): Affine => (empty && i === divided ? affine([]) : apply(i, substitutions));
  const operands = space.operands.map((list) => list.map(rewritten));
  const before = space.placed.get(position) ?? { stride: 1, offset: 0 };
  const placed = new Map(space.placed);
  placed.set(position, { stride: before.stride * s, offset: before.offset + before.stride * r });
  return { axes: space.axes.map(([n]) => [n, lookUp(sizes, n)] as const), out: space.out, operands, placed };
}

function apply(i: Affine, substitutions: ReadonlyMap<string, Affine>): Affine {
  let offset = i.offset;
  const terms = i.terms.map(([n, c]) => {
    const s = substitutions.get(n);
    if (!s) return [n, c] as const;
    offset += c * s.offset;
    return [n, c * (s.terms[0]?.[1] ?? 0)] as const;
  });
  const divides = i.div !== 1 && offset % i.div === 0 && terms.every(([, c]) => c % i.div === 0);
  if (!divides) return affine(terms, offset, i.div);
  return affine(
    terms.map(([n, c]) => [n, c / i.div] as const),
    offset / i.div,
  );
}

const mod = (a: number, n: number): number => ((a % n) + n) % n;
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
