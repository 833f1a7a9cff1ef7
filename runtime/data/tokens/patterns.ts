// Whether a regular expression of a tokenizer.json can be run on any text. In: its source. Out: undefined, or what is wrong with it.
// Invariant: an expression that passes takes no more than a square of a text's length, since what repeats holds no choice of
// its own, and at most two such parts can share the characters of a run. Nothing is run here but single classes on single characters.

/** One place of an expression: which characters it takes, as a source of its own, and whether their number is open. */
interface Item {
  readonly set: string;
  readonly isOptional: boolean;
  readonly isOpen: boolean;
}

type Path = readonly Item[];

/** Ways through an expression that are looked at. */
const MOST_PATHS = 512;
/** Longer ones are none that a tokenizer has. */
const LONGEST = 5000;
/** Parts of open length that may share characters. */
const SHARING = 2;

class Unbounded extends Error {}

/** Undefined for an expression that takes bounded time. */
export function unboundedIn(source: string): string | undefined {
  try {
    if (source.length > LONGEST) throw new Unbounded(`it has more than ${LONGEST} characters`);
    const reader = new Reader(source);
    const paths = reader.alternatives();
    if (reader.at < source.length) throw new Unbounded("a bracket is closed that was not opened");
    for (const path of paths)
      if (longestChain(path) > SHARING) throw new Unbounded("more than two of its parts repeat the same characters");
    return undefined;
  } catch (error) {
    if (error instanceof Unbounded) return error.message;
    throw error;
  }
}

class Reader {
  at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** All ways through what stands up to a closing bracket or the end. */
  alternatives(): Path[] {
    const all = [...this.sequence()];
    while (this.source[this.at] === "|") {
      this.at++;
      all.push(...this.sequence());
      if (all.length > MOST_PATHS) throw new Unbounded("it has too many alternatives");
    }
    return all;
  }

  private sequence(): Path[] {
    let paths: Path[] = [[]];
    while (this.at < this.source.length && this.source[this.at] !== "|" && this.source[this.at] !== ")") {
      const parts = this.repeated(this.part());
      if (parts.length * paths.length > MOST_PATHS) throw new Unbounded("it has too many alternatives");
      paths = paths.flatMap((path) => parts.map((part) => [...path, ...part]));
    }
    return paths;
  }

  /** One class, character or group: its ways, none of which has a place where it takes no characters. */
  private part(): Path[] {
    const sign = this.source[this.at++] ?? "";
    if (sign === "(") return this.group();
    if (sign === "^" || sign === "$") return [[]];
    if (sign === "[") return [[once(this.classFrom(this.at - 1))]];
    if (sign === "\\") return this.escape();
    return [[once(sign === "." ? "." : escaped(sign))]];
  }

  private group(): Path[] {
    const head = /^\?(?:[:=!>]|<[=!]|<\w+>|[a-z]*(?:-[a-z]+)?[:)])/.exec(this.source.slice(this.at))?.[0] ?? "";
    this.at += head.length;
    if (head.endsWith(")")) return [[]];
    const inside = this.alternatives();
    if (this.source[this.at] !== ")") throw new Unbounded("a bracket is not closed");
    this.at++;
    const isLook = /^\?<?[=!]/.test(head);
    if (isLook && inside.some((path) => path.some((item) => item.isOpen)))
      throw new Unbounded("it looks ahead or back as far as the text goes");
    return isLook ? [[]] : inside;
  }

  private escape(): Path[] {
    const rest = this.source.slice(this.at);
    const found =
      /^(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[1-9k]|.)/su.exec(rest)?.[0] ?? "";
    this.at += found.length;
    if (/^[1-9k]/.test(found)) throw new Unbounded("it refers back to a group");
    return /^[bBAzZG]$/.test(found) ? [[]] : [[once(`\\${found}`)]];
  }

  /** A class with the classes inside it. */
  private classFrom(start: number): string {
    for (let depth = 1; depth > 0; this.at++) {
      if (this.at >= this.source.length) throw new Unbounded("a class is not closed");
      const sign = this.source[this.at];
      if (sign === "\\") this.at++;
      else if (sign === "[") depth++;
      else if (sign === "]") depth--;
    }
    return this.source.slice(start, this.at);
  }

  /** Repeats a part as often as the quantifier behind it says. */
  private repeated(paths: Path[]): Path[] {
    const found = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})[?+]?/.exec(this.source.slice(this.at));
    if (!found || found[0] === "{}") return paths;
    this.at += found[0].length;
    const sign = found[0][0];
    const [, low = "", comma = "", high = ""] = found;
    const [least, most] =
      sign === "?"
        ? [0, 1]
        : sign !== "{"
          ? [sign === "*" ? 0 : 1, Number.POSITIVE_INFINITY]
          : [Number(low), comma === "" ? Number(low) : high === "" ? Number.POSITIVE_INFINITY : Number(high)];
    if (most <= 1) return least === 0 ? [...paths, []] : paths;
    const [path, other] = paths;
    const isFixed = path?.every((item) => !item.isOptional && !item.isOpen) === true;
    if (other || !isFixed) throw new Unbounded("what repeats holds alternatives, or a part that repeats itself");
    if (least === most || path.length === 0) return paths;
    return [[{ set: path.map((item) => item.set).join("|"), isOptional: least === 0, isOpen: true }]];
  }
}

const once = (set: string): Item => ({ set, isOptional: false, isOpen: false });
const escaped = (sign: string): string => sign.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");

/** The most open parts of a way that can share the characters of one run: nothing between them must be another character. */
function longestChain(path: Path): number {
  const longest = new Array<number>(path.length).fill(0);
  for (let first = path.length - 1; first >= 0; first--) {
    const item = path[first];
    if (!item?.isOpen) continue;
    longest[first] = 1;
    for (let next = first + 1; next < path.length; next++) {
      const other = path[next];
      if (!other) break;
      const shares = overlap(item.set, other.set);
      if (shares && other.isOpen) longest[first] = Math.max(longest[first] ?? 0, 1 + (longest[next] ?? 0));
      if (!shares && !other.isOptional) break;
    }
  }
  return Math.max(0, ...longest);
}

/** Code points that sets are compared by: those of the first plane, without halves of pairs, and one of each further. */
const points = (): number[] => [
  ...Array.from({ length: 0xd800 }, (_, point) => point),
  ...Array.from({ length: 0x2000 }, (_, k) => 0xe000 + k),
  ...[0x1f600, 0x20000, 0x2f800, 0x10400, 0x1d400, 0xe0100],
];

const known = new Map<string, Uint8Array | undefined>();

function overlap(first: string, second: string): boolean {
  const [a, b] = [membersOf(first), membersOf(second)];
  if (!a || !b) return true;
  return a.some((isMember, k) => isMember === 1 && b[k] === 1);
}

/** Which points a set has; undefined, as if all, for one that is written in no way known here. */
function membersOf(set: string): Uint8Array | undefined {
  if (known.has(set)) return known.get(set);
  if (known.size > MOST_PATHS) known.clear();
  let members: Uint8Array | undefined;
  try {
    const expression = new RegExp(`^(?:${set})$`, "iu");
    members = Uint8Array.from(points(), (point) => Number(expression.test(String.fromCodePoint(point))));
  } catch {
    members = undefined;
  }
  known.set(set, members);
  return members;
}
