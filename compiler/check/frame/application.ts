// The applied layers of one elaboration, as a tree: every line that was run and every layer, function and model that was called,
// with what it was given and what it gave. In: where each begins and ends. Out: the tree, and for a value what gave it.
// Invariant: an application's children began and ended within it, in this order.

import type { Name } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import type { Node } from "../../graph/node.ts";
import type { WindowRequest } from "../sizes/windows.ts";
import { showPlaces } from "../sizes/windows.ts";
import type { Instance } from "../values/instance.ts";
import { addTo, newMap } from "../values/journal.ts";
import type { DefinitionValue, LayerValue, Value } from "../values/values.ts";
import { describe, showType } from "../values/values.ts";

export interface Application {
  /** The callee; a line has none of its own: its children are the calls in its expression. */
  readonly callee: LayerValue | DefinitionValue | undefined;
  /** Of what is called; of a line, the word that it begins with. */
  readonly name: string;
  /** By the names of the parameters. */
  readonly arguments: ReadonlyMap<string, Value>;
  /** The tensor above the line, or the first of the call. */
  readonly input: Node | undefined;
  /** Unknown where it came to no end. */
  readonly output: Value;
  /** Where its own parameters are. */
  readonly instance: Instance | undefined;
  /** The path of the instance in whose body it stands. */
  readonly within: string;
  /** All windows that were worked out in it, axis by axis. */
  readonly windows: readonly WindowRequest[];
  readonly span: Span;
  readonly parent: Application | undefined;
  readonly children: readonly Application[];
  /** An equal call before it, whose value it has and whose children are its own. */
  readonly repeats: Application | undefined;
}

/** The facts that an application begins with. */
export type Beginning = Pick<Application, "callee" | "name" | "arguments" | "input" | "instance" | "within" | "span">;

interface Growing extends Application {
  callee: Application["callee"];
  output: Value;
  instance: Instance | undefined;
  windows: readonly WindowRequest[];
  children: readonly Application[];
  repeats: Application | undefined;
}

export const NO_ARGUMENTS: ReadonlyMap<string, Value> = new Map();
const NO_WINDOWS: readonly WindowRequest[] = [];
const NO_CHILDREN: readonly Application[] = [];
const UNKNOWN: Value = { kind: "unknown" };

export class Applications {
  readonly roots: Application[] = [];
  private current: Growing | undefined;
  /** Roots that are to begin again. */
  private again: Again[] = [];
  /** In the order in which their places were worked out. */
  private readonly windows: WindowRequest[] = [];
  /** The program's own lines by what they gave, the last of each. */
  private readonly lines = newMap<Node, Application>();
  /** Layers and functions of the library that the program called, by what they gave. */
  private readonly library = newMap<Node, Application>();
  /** Names that values were given first. */
  private readonly names = newMap<Node, Name>();

  /** Runs what an application does; `end` says what it gave, once that is known. */
  run<T>(beginning: Beginning, act: (end: (output: Value, rest?: End) => Application) => T): T {
    const parent = this.current;
    const again = parent ? undefined : this.again.shift();
    // No window is worked out before the root whose children stay.
    const before = again?.keeps ? 0 : this.windows.length;
    const own = again ? beginAgain(again, beginning) : begin(beginning, parent);
    if (!again) {
      if (parent) addChild(parent, own);
      else addTo(this.roots, own);
    }
    this.current = own;
    try {
      return act((output, { instance: made = own.instance, repeats } = {}) => {
        own.output = output;
        own.instance = made;
        own.repeats = repeats;
        if (this.windows.length > before) own.windows = this.windows.slice(before);
        return own;
      });
    } finally {
      this.current = parent;
    }
  }

  /** Whether a definition runs that one of its own calls runs in. */
  isInRecursion(): boolean {
    // Few at a time, and asked of every parameter: a list is looked through faster than a set is made.
    const running: unknown[] = [];
    for (let at: Application | undefined = this.current; at; at = at.parent) {
      const definition = at.callee?.definition;
      // The library's `residual` in a `residual` calls what the program wrote.
      if (!definition || definition.kind === "literal" || definition.name.span.file.startsWith("stdlib/")) continue;
      if (running.includes(definition)) return true;
      running.push(definition);
    }
    return false;
  }

  /** Whether a root runs, and nothing in it or before it has worked out a window. */
  get isInPlainRoot(): boolean {
    return this.current !== undefined && this.current === this.roots.at(-1) && this.windows.length === 0;
  }

  /** Begins again with the roots that there are: the next to begin take their places, and the children of the last stay. */
  beginAgain(): void {
    this.again = this.roots.map((root, i) => ({ root: root as Growing, keeps: i === this.roots.length - 1 }));
  }

  /** Goes on with a root that has ended, called by what takes the place of its callee; the children that it has stay. */
  goOn(root: Application, callee: Application["callee"], act: (end: (output: Value) => void) => void): void {
    const own = root as Growing;
    own.callee = callee;
    own.output = UNKNOWN;
    this.current = own;
    try {
      act((output) => {
        own.output = output;
        if (this.windows.length > 0) own.windows = [...this.windows];
      });
    } finally {
      this.current = undefined;
    }
  }

  addWindow(window: WindowRequest): void {
    addTo(this.windows, window);
  }

  /** Takes down that this line of the program gave its value. */
  rememberLine(line: Application): void {
    const node = outputNode(line);
    if (node && !line.span.file.startsWith("stdlib/")) this.lines.set(node, line);
  }

  /** Takes down that this call of the library gave its value, unless that is the one it was given. */
  rememberCall(call: Application): void {
    const node = outputNode(call);
    if (node && node !== call.input) this.library.set(node, call);
  }

  /** The library's layer or function that gave a value. */
  callOf(node: Node): Application | undefined {
    return this.library.get(node);
  }

  /** Calls of the library from the program, one for each value. */
  calls(): readonly Application[] {
    return [...this.library.values()];
  }

  /** Finds the application that gave a value: a line of the program, or a layer or function that a line applied. */
  originOf(node: Node): Application | undefined {
    return this.lines.get(node) ?? this.library.get(node);
  }

  /** `again`: an input of a model is called as the model that runs now calls it. */
  name(node: Node, name: Name, again = false): void {
    if (again || !this.names.has(node)) this.names.set(node, name);
  }

  nameOf(node: Node): Name | undefined {
    return this.names.get(node);
  }
}

interface Again {
  readonly root: Growing;
  readonly keeps: boolean;
}

function begin(beginning: Beginning, parent: Application | undefined): Growing {
  const { callee, name, arguments: given, input, instance, within, span } = beginning;
  return {
    callee,
    name,
    arguments: given,
    input,
    instance,
    within,
    span,
    output: UNKNOWN,
    windows: NO_WINDOWS,
    parent,
    children: NO_CHILDREN,
    repeats: undefined,
  };
}

const beginAgain = ({ root, keeps }: Again, beginning: Beginning): Growing =>
  Object.assign(root, begin(beginning, undefined), keeps ? { children: root.children } : {});

/** Most have one child or none: a list that is made to grow takes room for sixteen. */
function addChild(parent: Growing, child: Application): void {
  if (parent.children === NO_CHILDREN) parent.children = [];
  addTo(parent.children as Application[], child);
}

/** The facts that are known once an application has ended. */
type End = Partial<Pick<Application, "instance" | "repeats">>;

/** Lines of the body of this instance, in the order in which they were run. */
export function linesWithin(path: string, all: readonly Application[]): readonly Application[] {
  return all.flatMap((a) => (isLine(a) && a.within === path ? [a] : linesWithin(path, a.children)));
}

/**
 * The layers that a model is made of, in the order in which they were applied, wherever its lines name or nest them, and its lines that
 * give what none of these gave. A block of the program or the library and a model that is called are one part each.
 */
export function partsWithin(path: string, all: readonly Application[]): readonly Application[] {
  const shown = new Set<Node | undefined>();
  const partsOf = (a: Application): readonly Application[] => {
    const parts = isPart(a, path) ? [] : a.children.flatMap(partsOf);
    const isOfPart = parts.some((part) => gives(part, a.output));
    // A line that is a name gives what a part before it gave.
    const isName = a.children.length === 0 && shown.has(outputNode(a));
    const own = isPart(a, path) || (isLine(a) && a.within === path && !isOfPart && !isName) ? [a] : [];
    if (own.length > 0) shown.add(outputNode(a));
    return [...parts, ...own];
  };
  return all.flatMap(partsOf);
}

const gives = ({ output }: Application, value: Value): boolean =>
  output === value || (output.kind === "tensor" && output.node === tensorIn(value));

/** Whether it is a layer or model that another one applies; a body without a name belongs to what stands around it. */
function isPart({ callee, instance, output }: Application, path: string): boolean {
  if (output.kind === "unknown" || callee === undefined) return false;
  if (callee.kind === "layer") return callee.definition.kind !== "literal";
  return callee.definition.kind === "model" && instance?.path !== path;
}

/** The innermost applications at a place of the program: one for each time that it was run. */
export function runsAt(place: Span, all: readonly Application[]): readonly Application[] {
  return all.flatMap((a) => {
    const inner = runsAt(place, a.children);
    return inner.length === 0 && holds(a.span, place) ? [a] : inner;
  });
}

const holds = (outer: Span, inner: Span): boolean =>
  outer.file === inner.file && outer.start <= inner.start && inner.end <= outer.end;

/** The places of the program from which an application was come to, the nearest first; its own is none of them. */
export function callersOf({ span, parent }: Application): readonly Span[] {
  const found: Span[] = [];
  let last = span;
  // The root, which has no parent, is the model itself.
  for (let at = parent; at?.parent; at = at.parent) {
    if (at.span.file.startsWith("stdlib/") || holds(at.span, last)) continue;
    found.push(at.span);
    last = at.span;
  }
  return found;
}

const isLine = ({ callee, output }: Application): boolean => callee === undefined && output.kind !== "unknown";

export const tensorIn = (value: Value | undefined): Node | undefined =>
  value?.kind === "tensor" ? value.node : undefined;

export const outputNode = ({ output }: Application): Node | undefined => tensorIn(output);

export const outputText = ({ output }: Application): string =>
  output.kind === "tensor" ? showType(output) : describe(output);

/** The sizes of its windows, worked out: `(224 - 7 + 2*3)/2 + 1 = 112.5`. */
export const arithmeticOf = ({ windows }: Pick<Application, "windows">): readonly string[] => [
  ...new Set(windows.map(showPlaces)),
];
