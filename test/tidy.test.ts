// Proves what ARCHITECTURE.md says of the code itself: who may import whom, that passes and targets read classes and not names
// of ops, that no file is too long to read, and that each says what it is.

import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { registry } from "../compiler/ops/all.ts";

const root = new URL("../", import.meta.url);

interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

function filesIn(folder: string, endings: readonly string[] = [".ts"]): Source[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((path) => !path.includes("node_modules") && endings.some((e) => path.endsWith(e)))
    .sort()
    .map((path) => ({ path, text: readFileSync(new URL(path, root), "utf8") }));
}

/** Imports of a file: paths from the root for our own files, names of packages as they are written. */
function importsOf({ path, text }: Source): string[] {
  const written = [...text.matchAll(/^(?:import|export)\b(?:[^;"=]*?\bfrom)?\s*"([^"]+)";|\bimport\(\s*"([^"]+)"/gm)];
  return written
    .map(([, plain, dynamic]) => plain ?? dynamic!)
    .map((name) => (name.startsWith(".") ? posix.join(posix.dirname(path), name) : name));
}

/** "file imports what" for each import that `wrong` says is one. */
const imports = (files: readonly Source[], wrong: (to: string, from: string) => boolean): string[] =>
  files.flatMap((f) =>
    importsOf(f)
      .filter((to) => wrong(to, f.path))
      .map((to) => `${f.path} imports ${to}`),
  );

const within = (path: string, ...folders: readonly string[]): boolean => folders.some((f) => path.startsWith(`${f}/`));
const isOurs = (path: string): boolean => /\.(ts|dnn|json)$/.test(path) && path.includes("/");

const grammar = filesIn("grammar");
const compiler = filesIn("compiler");
const runtime = filesIn("runtime");
const cli = filesIn("cli");
const project = filesIn("project");
const report = filesIn("report");
const embed = filesIn("embed");
const editor = filesIn("editor/server");
const playground = filesIn("playground");

/** Files that are named for Node: only there it is known. */
const isForNode = (path: string): boolean => path.endsWith(".node.ts") || path.endsWith("/node.ts");

describe("imports", () => {
  test("are found at all, in each form that they have", () => {
    const text = [
      'import a from "node:fs";',
      'import {\n  b,\n  type C,\n} from "./b.ts";',
      'import type { D } from "../d/d.ts";',
      'export { e } from "./e.ts";',
      'import "./f.ts";',
      'const g = await import("./g.ts");',
    ].join("\n");
    const found = ["node:fs", "x/b.ts", "d/d.ts", "x/e.ts", "x/f.ts", "x/g.ts"];
    expect(importsOf({ path: "x/a.ts", text })).toEqual(found);
    for (const f of [...grammar, ...compiler, ...runtime, ...project, ...embed, ...report, ...cli, ...editor])
      expect(importsOf(f).length, f.path).toBe(f.text.match(/\bfrom "[^"]+";$|^import "|\bimport\("/gm)?.length ?? 0);
  });

  test("of grammar/ stay within it", () => {
    expect(imports(grammar, (to) => to.startsWith("node:") || (isOurs(to) && !within(to, "grammar")))).toEqual([]);
  });

  test("of runtime/ reach neither the compiler nor the grammar nor the command", () => {
    expect(imports(runtime, (to) => isOurs(to) && !within(to, "runtime"))).toEqual([]);
  });

  test("of compiler/ reach the grammar and the plan, and nothing of Node", () => {
    const allowed = (to: string): boolean => within(to, "compiler", "grammar") || to === "runtime/plan.ts";
    expect(imports(compiler, (to) => to.startsWith("node:") || (isOurs(to) && !allowed(to)))).toEqual([]);
  });

  test("of cli/ reach everything but tests, benchmarks and scripts", () => {
    expect(
      imports(
        cli,
        (to) =>
          isOurs(to) && !within(to, "cli", "embed", "project", "report", "compiler", "grammar", "runtime", "editor"),
      ),
    ).toEqual([]);
  });

  test("of editor/server/ reach the project, the compiler and its data sources, nothing of Node, and one file the protocol", () => {
    const allowed = (to: string): boolean =>
      within(to, "editor/server", "project", "compiler", "grammar", "runtime/data");
    expect(imports(editor, (to) => to.startsWith("node:") || (isOurs(to) && !allowed(to)))).toEqual([]);
    const speaks = editor.filter((f) => importsOf(f).some((to) => to.startsWith("vscode-")));
    const words = speaks.map((f) => f.path).filter((path) => !within(path, "editor/server/protocol"));
    expect(words).toEqual(["editor/server/server.ts"]);
  });

  test("of an editor's page, and of all that stands on a host, lead to no node: module", () => {
    const byPath = new Map(ours.map((f) => [f.path, f]));
    const hosted = [...project, ...embed, ...editor, ...playground]
      .map((f) => f.path)
      .filter((path) => !isForNode(path));
    const reached = new Set(["editor/page.ts", ...hosted]);
    for (const path of reached) for (const to of importsOf(byPath.get(path)!)) if (byPath.has(to)) reached.add(to);
    expect(reached.size).toBeGreaterThan(100);
    const files = [...reached].map((p) => byPath.get(p)!);
    expect(imports(files, (to) => to.startsWith("node:"))).toEqual([]);
  });

  test("of node: modules stand in files of runtime/, project/ and embed/ that are named for it", () => {
    expect(
      imports([...runtime, ...project, ...embed], (to, from) => to.startsWith("node:") && !isForNode(from)),
    ).toEqual([]);
  });

  test("of decoders of pictures wait for the first file that needs them", () => {
    const all = [...runtime, ...project, ...embed, ...report, ...cli, ...editor];
    const isDecoder = (to: string): boolean => /\/read(jpeg|webp)\.ts$/.test(to);
    const readers = all.filter((f) => importsOf(f).some(isDecoder));
    expect(readers.map((f) => f.path).sort()).toEqual(["embed/module/nowebp.ts", "runtime/pictures/read.ts"]);
    expect(readers.filter(({ text }) => /^import (?!type).*\/read(jpeg|webp)\.ts/m.test(text))).toEqual([]);
  });

  test("of a page lead to no node: module", () => {
    const byPath = new Map(runtime.map((f) => [f.path, f]));
    const reached = new Set(["runtime/browser.ts", "runtime/wasm/worker.browser.ts"]);
    for (const path of reached) for (const to of importsOf(byPath.get(path)!)) if (byPath.has(to)) reached.add(to);
    expect(reached.size).toBeGreaterThan(5);
    expect(
      imports(
        [...reached].map((p) => byPath.get(p)!),
        (to) => to.startsWith("node:"),
      ),
    ).toEqual([]);
  });
});

// ---------------------------------------------------------------- order

/** Folders and files from the bottom up: each imports itself and what stands before it. */
const ORDER = [
  "grammar/syntax",
  "grammar/lexer",
  "grammar/recovery",
  "grammar/parser",
  "grammar/format",
  "runtime/plan.ts",
  "runtime/json.ts",
  "runtime/half.ts",
  "runtime/engine.ts",
  "runtime/dataparts.ts",
  "runtime/files",
  "runtime/pictures",
  "runtime/sounds",
  "runtime/data",
  "runtime/data/tables",
  "runtime/data/arrays",
  "runtime/data/generators",
  "runtime/data/filelists",
  "runtime/data/pictures",
  "runtime/data/sources",
  "runtime/stream",
  "runtime/checkpoint",
  "runtime/train",
  "runtime/wasm",
  "runtime/webgpu",
  "runtime/browser.ts",
  "compiler/arithmetic",
  "compiler/loops",
  "compiler/graph",
  "compiler/ops",
  "compiler/passes",
  "compiler/fuse",
  "compiler/lower",
  "compiler/layout",
  "compiler/targets",
  "compiler/targets/wasm/schedule",
  "compiler/targets/wasm/emit",
  "compiler/targets/wasm",
  "compiler/targets/wgsl",
  "compiler/diagnostics",
  "compiler/check/names",
  "compiler/check/values",
  "compiler/check/sizes",
  "compiler/check/frame",
  "compiler/check/advice",
  "compiler/check/builtins",
  "compiler/check/evaluate",
  "compiler/check/program",
  "compiler/check/training/lines",
  "compiler/check/training",
  "compiler/pipeline.ts",
  "compiler/compile.ts",
  "compiler/largestbatch.ts",
  "compiler/compilewasm.ts",
  "compiler/compilewgsl.ts",
  "project/kept",
  "project/tune",
  "project",
  "project/data",
  "project/check",
  "project/train",
  "project/use/model",
  "project/use/rows",
  "project/use",
  "project/cost",
  "embed",
  "report",
  "editor/server",
  "editor/page.ts",
  "cli/command",
  "cli/terminal",
  "cli/verbs/programs",
  "cli/verbs/trainings",
  "cli/verbs/models",
  "cli/verbs/tools",
  "cli/verbs",
  "cli/dispatch.ts",
  "cli/main.ts",
  "cli/bin.ts",
  "editor/vscode",
  "playground/lab",
  "playground/page/dom.ts",
  "playground/page/editor",
  "playground/page/model",
  "playground/page",
];

const ours = [...[grammar, compiler, runtime, project, embed, report, cli].flat(), ...filesIn("editor"), ...playground];

describe("the order of the tree", () => {
  /** Files that lead to themselves, each circle once: the imports along it. */
  function circlesIn(edges: ReadonlyMap<string, readonly string[]>): string[] {
    const done = new Set<string>();
    const circles: string[] = [];
    const follow = (path: string, way: readonly string[]): void => {
      const at = way.indexOf(path);
      if (at >= 0) circles.push([...way.slice(at), path].join(" imports "));
      if (at >= 0 || done.has(path)) return;
      for (const to of edges.get(path) ?? []) follow(to, [...way, path]);
      done.add(path);
    };
    for (const path of edges.keys()) follow(path, []);
    return circles;
  }

  test("finds a circle where there is one", () => {
    const edges = new Map([
      ["a", ["b", "c"]],
      ["b", ["c"]],
      ["c", ["b"]],
    ]);
    expect(circlesIn(edges)).toEqual(["b imports c imports b"]);
  });

  test("has no file that imports itself by way of others, types included", () => {
    expect(circlesIn(new Map(ours.map((f) => [f.path, importsOf(f).filter(isOurs)])))).toEqual([]);
  });

  test("is one direction: what stands lower imports nothing that stands above it", () => {
    const holds = (place: string, path: string): boolean => path === place || path.startsWith(`${place}/`);
    // A folder within another has a place of its own, where it is listed.
    const bySize = ORDER.map((place, rank) => ({ place, rank })).toSorted((a, b) => b.place.length - a.place.length);
    const rankOf = (path: string): number => bySize.find(({ place }) => holds(place, path))?.rank ?? -1;
    const isUpward = (to: string, from: string): boolean =>
      isOurs(to) && rankOf(from) >= 0 && rankOf(to) > rankOf(from);
    expect(imports(ours, isUpward)).toEqual([]);
    const unplaced = ours.filter((f) => rankOf(f.path) < 0).map((f) => f.path);
    expect(unplaced).toEqual([]);
  });
});

test("no folder has more files than one looks over", () => {
  const counts = new Map<string, number>();
  for (const { path } of ours) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  expect([...counts].filter(([, files]) => files > 19).map(([folder, files]) => `${folder}: ${files}`)).toEqual([]);
});

test("comments begin with a verb or a noun of the field, not with what something is", () => {
  // The first line of a comment: the line before it is code.
  const opensWithWhat = (text: string): boolean =>
    text.split("\n").some((line, i, all) => /^\s*(\/\/|\/\*\*) What /.test(line) && !/^\s*\/\//.test(all[i - 1] ?? ""));
  expect(opensWithWhat("/** What it holds. */\n")).toBe(true);
  expect(opensWithWhat("// Holds what it says.\n// What follows is read.\n")).toBe(false);
  const all = [...ours, ...filesIn("test"), ...filesIn("scripts"), ...filesIn("bench")];
  expect(all.filter(({ text }) => opensWithWhat(text)).map((f) => f.path)).toEqual([]);
});

test("the evaluator is functions: only what keeps its findings and what was reported are classes", () => {
  const classes = filesIn("compiler/check/evaluate").filter(({ text }) => /^(export )?(abstract )?class /m.test(text));
  expect(classes.map((f) => f.path)).toEqual([
    "compiler/check/evaluate/elaborator.ts",
    "compiler/check/evaluate/reporter.ts",
  ]);
});

test("project/ knows no terminal and no process", () => {
  const found = project.filter(({ text }) => /process\.(std|exit|argv|cwd|env)/.test(withoutComments(text)));
  expect(found.map((f) => f.path)).toEqual(["project/machine.node.ts"]);
});

// ---------------------------------------------------------------- names of ops

interface Allowed {
  readonly in: readonly string[];
  readonly words: readonly string[];
  readonly why: string;
}

/** Ops that passes are about: these they may look for and make. */
const PASSES: readonly Allowed[] = [
  {
    in: ["compiler/passes/batch.ts"],
    words: ["parameter", "random", "over_batch", "all_examples", "own_example"],
    why: "what differs by example begins at fields and draws, and ends at sums over the batch",
  },
  {
    in: ["compiler/passes/batch.ts", "compiler/passes/differentiate.ts"],
    words: ["pick"],
    why: "a result of a scan is batched, and has a cotangent, by the body and not by a rule of its own",
  },
  {
    in: ["compiler/passes/batch.ts"],
    words: ["sum", "reduce_max"],
    why: "what `over_batch` becomes",
  },
  {
    in: ["compiler/passes/gradientnodes.ts"],
    words: ["gradient"],
    why: "the placeholder that `differentiate` replaces",
  },
  {
    in: ["compiler/passes/differentiate.ts"],
    words: ["over_batch", "all_examples", "own_example", "scan", "parameter"],
    why: "the sums it adds, and the reverse scan with the leaves of its body",
  },
  { in: ["compiler/passes/saved.ts"], words: ["scan"], why: "the scan that keeps more than it did" },
  {
    in: ["compiler/passes/lift.ts"],
    words: ["scan", "pick", "parameter"],
    why: "a scan is lifted through its body, and leaves have no inputs that would lift them",
  },
  {
    in: ["compiler/passes/hoist.ts"],
    words: ["scan", "pick", "parameter", "broadcast"],
    why: "makes a smaller scan with new leaves; what is the same at each step is repeated",
  },
  { in: ["compiler/passes/bodies.ts"], words: ["scan"], why: "makes scans with changed bodies" },
];

/** Where graphs become loop nests. */
const NESTS = ["compiler/loops", "compiler/lower", "compiler/fuse", "compiler/layout"];

/** Words of other vocabularies that are spelled like an op. */
const HOMONYMS: readonly Allowed[] = [
  { in: ["compiler/passes", "compiler/lower"], words: ["contract", "scan", "pick"], why: "lowering classes" },
  { in: ["compiler/lower", "compiler/passes/split.ts"], words: ["concat"], why: "kind of a view's index" },
  { in: ["compiler/lower"], words: ["reshape", "gather"], why: "kinds of a view's index" },
  {
    in: ["compiler/loops", "compiler/lower", "compiler/targets"],
    words: ["argmax"],
    why: "how an accumulator combines",
  },
  {
    in: ["compiler/loops", "compiler/lower", "compiler/fuse", "compiler/targets", "compiler/passes/differentiate.ts"],
    words: ["sum"],
    why: "how an accumulator, or `over_batch`, combines",
  },
  {
    in: ["compiler/loops", "compiler/lower", "compiler/targets/wgsl", "compiler/passes/batch.ts"],
    words: ["max"],
    why: "how an accumulator, or `over_batch`, combines",
  },
  { in: ["compiler/loops", "compiler/targets"], words: ["extent", "random"], why: "kinds of values in nests" },
  { in: ["compiler/loops", "compiler/targets"], words: ["div"], why: "kind of an index" },
  {
    in: [
      "compiler/lower/nests.ts",
      "compiler/fuse/spaces.ts",
      "compiler/fuse/rows.ts",
      "compiler/fuse/sums.ts",
      "compiler/targets",
    ],
    words: ["mul"],
    why: "the scalar between the operands of a contraction",
  },
  {
    in: ["compiler/loops/classrows.ts"],
    words: ["eq", "mul"],
    why: "the scalars of a product with what is one at the place of a class",
  },
  {
    in: ["compiler/loops/hidden.ts"],
    words: ["add", "exp", "le", "lt", "mul", "neg", "select", "sub"],
    why: "the scalars between a condition and what it makes nothing of",
  },
  {
    in: ["compiler/loops/winograd/apply.ts"],
    words: ["add", "mul", "neg", "sub"],
    why: "the scalars of a matrix of constants times values",
  },
  {
    in: ["compiler/loops/winograd/blocks.ts", "compiler/loops/winograd/windows.ts"],
    words: ["mul"],
    why: "the scalar between the operands of a contraction",
  },
  { in: ["compiler/lower/materialise.ts"], words: ["eq"], why: "the scalar that is one at the place of a class" },
  { in: ["compiler/targets/wasm/emit/classrows.ts"], words: ["add"], why: "the scalar that adds a term to its row" },
  {
    in: ["compiler/loops", "compiler/lower", "compiler/targets/wasm/prepare.ts"],
    words: ["parameter"],
    why: "role of a buffer",
  },
  { in: ["compiler/targets"], words: ["select"], why: "an instruction of WebAssembly, a function of WGSL" },
  { in: ["compiler/targets/wgsl/moments.ts"], words: ["add", "sub"], why: "the scalars of a square around a mean" },
  { in: ["compiler/targets/wasm"], words: ["log"], why: "the record that logs" },
];

const inside = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || path.startsWith(`${place}/`));
const allows = (list: readonly Allowed[], path: string, word: string): boolean =>
  list.some((a) => a.words.includes(word) && inside(path, a.in));

const withoutComments = (text: string): string =>
  text.replaceAll(/^\s*(\/\/|\/\*|\*).*$/gm, "").replaceAll(/\s\/\/ .*$/gm, "");

const ops = new Set(registry().keys());
/** Names of ops among the literals of a text. */
const literals = (text: string): string[] =>
  [...withoutComments(text).matchAll(/(["'`])([a-z_]+)\1/g)].map(([, , word]) => word!).filter((word) => ops.has(word));
/** Names that stand where an op is compared, looked up or made. */
const naming = (text: string): string[] =>
  [...withoutComments(text).matchAll(/(?:\.op\s*[!=]==?\s*|\bmake\(\s*|\bopOf\(\s*)"([a-z_]+)"/g)].map(([, w]) => w!);

const nameless = [
  ...filesIn("compiler/passes"),
  ...NESTS.flatMap((folder) => filesIn(folder)),
  ...filesIn("compiler/targets"),
];
const named = (words: (text: string) => string[], list: readonly Allowed[]): string[] =>
  nameless.flatMap(({ path, text }) =>
    [...new Set(words(text))].filter((w) => !allows(list, path, w)).map((w) => `${path} says "${w}"`),
  );

describe("names of ops", () => {
  test("are found where they are used", () => {
    const text =
      'if (a.op === "sum" || b.op !== "add") make("mul", []);\n// "tanh"\nconst s = ["relu", `exp`]; // "log"';
    expect(literals(text)).toEqual(["sum", "add", "mul", "exp"]);
    expect(naming(text)).toEqual(["sum", "add", "mul"]);
  });

  test("are compared, looked up and made in passes only, and only those that the pass is about", () => {
    expect(named(naming, PASSES)).toEqual([]);
  });

  test("are no literals of passes, kernels and targets", () => {
    expect(named(literals, [...PASSES, ...HOMONYMS])).toEqual([]);
  });

  test("of the graph's own code are those that make a graph's frame", () => {
    const frame = ["parameter", "constant", "scan", "pick"];
    const made = ["compiler/graph/build.ts", "compiler/graph/lengths.ts"];
    const own = filesIn("compiler/graph").filter(({ path }) => !made.includes(path));
    const others = own.flatMap(({ path, text }) =>
      naming(text)
        .filter((w) => !frame.includes(w))
        .map((w) => `${path} says "${w}"`),
    );
    expect(others).toEqual([]);
  });

  test("are not switched over", () => {
    const switches = nameless.filter(({ text }) => /switch \([^)]*\.op\)|\.includes\([^)]*\.op\)/.test(text));
    expect(switches.map((f) => f.path)).toEqual([]);
  });

  test("are allowed no longer than they are needed", () => {
    const unused = [...PASSES, ...HOMONYMS].flatMap((a) =>
      a.in.flatMap((place) =>
        a.words
          .filter((w) => !nameless.some(({ path, text }) => inside(path, [place]) && literals(text).includes(w)))
          .map((w) => `${place}: ${w}`),
      ),
    );
    expect(unused).toEqual([]);
  });
});

// ---------------------------------------------------------------- messages

/** Where the text of a message is searched, cut or replaced. */
const readsMessage = (text: string): boolean =>
  /(?:exec|test|match|matchAll)\([^()]*\.(?:message|hint)\b|\.(?:message|hint)\b[^\s;,)]*\.(?:replace|replaceAll|match|matchAll|split|slice|substring|includes|startsWith|endsWith|indexOf|search)\(/.test(
    withoutComments(text),
  );

test("what a message says is data for other code, and its text is never read back", () => {
  const reading = [
    'error.message.replace(/^.*do not fit: /, "")',
    "/and \\[(.*)\\] would have/.exec(d.message)",
    '/^(.*) would fit/.exec(d.hint ?? "")',
    'd.message.startsWith("a")',
  ];
  for (const text of reading) expect(readsMessage(text), text).toBe(true);
  const checker = [...filesIn("compiler/check"), ...filesIn("compiler/graph"), ...filesIn("compiler/ops")];
  expect(checker.filter((f) => readsMessage(f.text)).map((f) => f.path)).toEqual([]);
});

// ---------------------------------------------------------------- promises to the compiler

/** How often a text says `!` of a value: that it is there, which nothing checks. */
const promisesIn = (text: string): number =>
  withoutComments(text)
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .match(/(?<=[\w$)\]])!(?=[.[\](),;}?:+-]|\s(?!=[^=>])|$)/gm)?.length ?? 0;

/** Where loops over numbers and bytes stand inside their bounds; elsewhere there is a better way. */
const MOST_PROMISES = 230;
/** Its templates are prose. */
const PROSE = "project/templates.ts";

test(`at most ${MOST_PROMISES} values are said to be there by \`!\` alone`, () => {
  for (const [text, count] of [
    ["held[i]! += v", 1],
    ["at(d)!.x + rows[0]![1]!", 3],
    ["if (a! == b || c !== d || !e) counts[k]!++;", 2],
    ['// like this!\nconst s = "there it is!";', 0],
  ] as const)
    expect(promisesIn(text), text).toBe(count);
  const found = ours
    .filter(({ path }) => path !== PROSE)
    .map(({ path, text }) => ({ path, count: promisesIn(text) }))
    .filter(({ count }) => count > 0);
  const total = found.reduce((sum, { count }) => sum + count, 0);
  const most = found
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 8)
    .map(({ path, count }) => `${path}: ${count}`);
  const instead =
    "go through `entries()` or `zip`, take `onlyOf` or `itemAt` of a list, `lookUp` in a map, `operand` and `sizeAlong` of a node, or let the type say that it is there";
  expect(total, `${instead}; most are in\n${most.join("\n")}`).toBeLessThanOrEqual(MOST_PROMISES);
});

// ---------------------------------------------------------------- files

/** Files of tests may hold long tables of cases. */
const LONGEST = { code: 400, tests: 700 };

test("no file is too long to read", () => {
  const lengthOf = ({ text }: Source): number => text.trimEnd().split("\n").length;
  const code = ["stdlib", "bench", "scripts", "examples"].flatMap((f) => filesIn(f, [".ts", ".py", ".dnn"]));
  const long = (files: readonly Source[], most: number): string[] =>
    files.filter((f) => lengthOf(f) > most).map((f) => `${f.path}: ${lengthOf(f)} lines`);
  expect(long([...ours, ...code], LONGEST.code)).toEqual([]);
  expect(long(filesIn("test", [".ts", ".py", ".dnn"]), LONGEST.tests)).toEqual([]);
});

test("every file opens with a comment that says what it is", () => {
  const silent = [...grammar, ...compiler, ...runtime, ...project, ...report, ...cli, ...editor].filter(
    ({ text }) => !/^(#!.*\n)?\/\/ \S+ \S+/.test(text),
  );
  expect(silent.map((f) => f.path)).toEqual([]);
});
