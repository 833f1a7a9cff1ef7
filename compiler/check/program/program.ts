// A checked file: its scope above the library's, its models, data and trainings, and every diagnostic.

import "../../ops/all.ts";
import { parse } from "../../../grammar/parser/parse.ts";
import type {
  AssignStatement,
  DataDefinition,
  ImportDefinition,
  ModelDefinition,
  Name,
  SourceFile,
  TopLevel,
  TrainDefinition,
} from "../../../grammar/syntax/ast.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import { lookUp, ownValue } from "../../arithmetic/lookup.ts";
import { takeTurn } from "../../graph/node.ts";
import { builtins } from "../builtins/all.ts";
import { namesInBodies } from "../evaluate/boundnames.ts";
import { Elaborator } from "../evaluate/elaborator.ts";
import type { Application } from "../frame/application.ts";
import { Budget, Work } from "../frame/budget.ts";
import type { Frame, Warning } from "../frame/frame.ts";
import { newContext } from "../frame/frame.ts";
import { climbingOptimizers } from "../names/ascent.ts";
import { batchesInShapes } from "../names/batchnames.ts";
import { suggestion, withSection } from "../names/didyoumean.ts";
import type { Outside } from "../names/meanings.ts";
import { forgetfulStates } from "../names/memory.ts";
import { unknownNames, unusedNames } from "../names/unused.ts";
import { tooManyParameters } from "../sizes/capacity.ts";
import type { FileTensor } from "../values/filetensors.ts";
import type { Learned } from "../values/instance.ts";
import { Instance } from "../values/instance.ts";
import type { Mistake } from "../values/mistakes.ts";
import { mistake } from "../values/mistakes.ts";
import type { DefinitionValue, ModelValue, Value } from "../values/values.ts";
import { isModel, requiredInputs, Scope, unknown } from "../values/values.ts";
import { settableName, settingValue } from "./givensettings.ts";
import type { Source } from "./library.ts";
import { Modules } from "./modules.ts";
import { unknownTags } from "./tags.ts";

/** Reads an imported file: its source, or one sentence that says why not. The host keeps paths within the project. */
export type ReadImport = (path: string, from: string) => Source | string;

/** Opens an imported file; diagnostics come with the first opening only. */
type OpenImport = (path: string, from: string) => { program: Program; diagnostics: readonly Diagnostic[] } | string;

/** Settings by name, as they are written on the command line. */
export type GivenSettings = Readonly<Record<string, string>>;

export interface CheckedModel {
  readonly definition: ModelDefinition;
  readonly value: ModelValue;
  readonly applications: readonly Application[];
  readonly result: Value;
}

export class Program {
  readonly elaborator = new Elaborator();
  readonly scope: Scope;
  readonly root: Instance;
  readonly models = new Map<string, ModelValue>();
  readonly data = new Map<string, DataDefinition>();
  readonly trains: TrainDefinition[] = [];
  readonly places = { next: 1, known: new Map<string, number>() };
  /** Shared by all its evaluations. */
  private readonly work = new Work();
  readonly file: SourceFile;

  private readonly modules: Modules<Program>;
  /** Plain values at the top of the file, which the command line may give. */
  readonly settings = new Set<string>();

  private readonly open: OpenImport;
  /** Paths of its own models, claimed before those of what it imports. */
  private readonly paths: ReadonlyMap<string, string>;

  constructor(
    file: SourceFile,
    library: Scope,
    modules: Modules<Program>,
    open: OpenImport,
    given: GivenSettings = {},
  ) {
    this.file = file;
    this.modules = modules;
    this.open = open;
    this.scope = new Scope(library);
    const path = file.span.file;
    this.root = new Instance(modules.claimRoot(path), "program");
    const own = file.definitions.flatMap((d) => (d.kind === "model" ? [d.name.text] : []));
    this.paths = new Map([...new Set(own)].map((name) => [name, modules.claimModel(name, path)]));
    modules.programs.set(path, this);
    this.elaborator.fileTensors = modules.fileTensors;
    this.elaborator.source = { file: file.span.file, text: file.text };
    for (const d of file.definitions) this.define(d);
    const frame = this.frame(true);
    for (const d of file.definitions) if (d.kind === "binding") this.bind(d.statement, frame, given);
  }

  /** A line at the top of the file; lines below read what the command line gives in its place. */
  private bind(statement: AssignStatement, frame: Frame, given: GivenSettings): void {
    this.elaborator.body([statement], frame);
    const name = settableName(statement, this.scope);
    if (name === undefined) return;
    this.settings.add(name);
    const text = ownValue(given, name);
    if (text === undefined) return;
    const [{ span }] = statement.targets;
    try {
      this.scope.set(name, settingValue(text, this.scope, { name, span, own: this.scope.get(name) }));
    } catch (error) {
      this.elaborator.report(error, span);
    }
  }

  private define(d: TopLevel): void {
    if (d.kind === "import") {
      try {
        this.importFrom(d);
      } catch (error) {
        this.elaborator.report(error, d.span);
        if (d.names.length === 0) this.scope.lacksNames = true;
        for (const { text } of d.names) if (!this.scope.names.has(text)) this.scope.set(text, unknown);
      }
      return;
    }
    if (d.kind === "binding") return;
    const name = d.name.text;
    if (d.kind === "data") {
      this.data.set(name, d);
      return;
    }
    // Without its header a body has other mistakes than its own: whatever is made of it is unknown, and silent.
    if (d.broken) {
      this.scope.set(name, { kind: "unknown" });
      return;
    }
    if (d.kind === "train") {
      this.trains.push(d);
      return;
    }
    const value: DefinitionValue = {
      kind: "definition",
      definition: d,
      scope: this.scope,
      ...(d.kind === "model" ? { instance: new Instance(lookUp(this.paths, name), "model") } : {}),
    };
    const twice = this.definedTwice(name, value, d.name.span);
    if (twice) this.elaborator.report(twice, d.name.span);
    this.elaborator.warn(replaced(d, this.scope.parent?.get(name)), d.name.span);
    if (isModel(value)) this.models.set(name, value);
    this.scope.set(name, value);
  }

  /** All definitions of another file, or those that are named. Its own library is ours; data and trainings stay there. */
  private importFrom(d: ImportDefinition): void {
    const other = this.open(d.path.value, this.file.span.file);
    if (typeof other === "string")
      throw mistake("imports/cannot-read", d.path.span, other, other.startsWith("there is no") ? missingFile(d) : {});
    for (const problem of other.diagnostics) this.elaborator.diagnostics.push(problem);
    const wanted = d.names.length > 0 ? d.names.map((n) => n.text) : [...other.program.scope.names.keys()];
    for (const name of wanted) {
      const value = other.program.scope.names.get(name);
      const span = d.names.find((n) => n.text === name)?.span ?? d.span;
      if (!value) {
        const defined = [...other.program.scope.names.keys()];
        const near = suggestion(name, span, defined);
        throw mistake("imports/no-such-name", span, `'${d.path.value}' defines no '${name}'`, {
          hint: defined.length > 0 ? `it defines ${defined.join(", ")}` : "it defines nothing",
          ...near,
        });
      }
      const twice = this.definedTwice(name, value, span);
      if (twice) throw twice;
      this.scope.set(name, value);
      const model = other.program.models.get(name);
      if (model) this.models.set(name, model);
    }
  }

  /** All parameters and states of the program, those of every file that it imports among them. */
  everything(): Learned[] {
    const made = [...this.modules.programs.values()].flatMap((p) => [
      ...p.own.flatMap((instance) => instance.everything()),
      ...p.root.everything(),
    ]);
    return [...made, ...this.fileTensors];
  }

  /** Arrays of files that it, and what it imports, names. */
  get fileTensors(): readonly FileTensor[] {
    return [...this.modules.fileTensors.all.values()];
  }

  /** Instances of the models that this file defines. */
  private get own(): Instance[] {
    return [...this.models.values()].flatMap(({ definition, instance }) =>
      definition.name.span.file === this.file.span.file ? [instance] : [],
    );
  }

  /** A file has one namespace: of two definitions of a name, its own or imported, one would vanish in silence. */
  private definedTwice(name: string, value: Value, span: Span): Mistake | undefined {
    const known = this.scope.names.get(name);
    if (known === undefined || known === value) return undefined;
    const first = known.kind === "definition" ? known.definition.name.span : undefined;
    const here = this.file.span.file;
    const isOwn = first?.file === here && !(value.kind === "definition" && value.definition.name.span.file !== here);
    const message = isOwn ? `'${name}' is defined twice in this file` : `'${name}' is defined in two files`;
    return mistake("names/defined-twice", span, message, {
      ...(first ? { related: [{ span: first, text: "the first time" }] } : {}),
      hint: isOwn
        ? "give one of them another name"
        : 'give one of them another name, or import by name only what is wanted, as in `import encoder from "parts.dnn"`',
    });
  }

  /** Takes a later text of a definition of this file, of which nothing that was evaluated is left. */
  replace(definition: TopLevel): void {
    if (!("parameters" in definition) || definition.kind === "train") return;
    const name = definition.name.text;
    const before = this.scope.names.get(name);
    if (before?.kind !== "definition" || before.definition === definition) return;
    const value = { ...before, definition } as DefinitionValue;
    if (isModel(value)) this.models.set(name, value);
    this.scope.set(name, value);
  }

  /** Lets the nodes of this program be found, and of those that it imports, and no others. */
  takeTurn(): void {
    takeTurn(this.modules);
  }

  frame(training: boolean): Frame {
    this.takeTurn();
    const context = newContext(training, this.places, new Budget(this.work));
    return {
      scope: this.scope,
      instance: this.root,
      context,
      key: "",
      it: undefined,
      branches: [],
      drawsByExample: true,
    };
  }

  /** The model on inputs whose named sizes stand for themselves. */
  checkModel(name: string): CheckedModel {
    const value = lookUp(this.models, name);
    const { definition } = value;
    const fresh: ModelValue = { ...value, instance: new Instance(name, "model") };
    const frame = this.frame(false);
    const inputs = requiredInputs(definition).map((p) => {
      try {
        return this.elaborator.symbolicInput(p, this.scope, frame);
      } catch (error) {
        this.elaborator.report(error, p.span);
        return { kind: "unknown" } as const;
      }
    });
    let result: Value = { kind: "unknown" };
    try {
      result = this.elaborator.applyModel(fresh, inputs, new Map(), definition.name.span, frame);
    } catch (error) {
      this.elaborator.report(error, definition.name.span);
    }
    this.refuseHuge(fresh.instance, definition);
    return { definition, value: fresh, applications: frame.context.applications.roots, result };
  }

  /** Reports a model whose parameters no memory holds. */
  refuseHuge(instance: Instance, { name }: ModelDefinition): void {
    const huge = tooManyParameters(instance.everything(), name.span);
    if (huge) this.elaborator.report(huge, name.span);
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.elaborator.diagnostics;
  }
}

const missingFile = ({ path: { value } }: ImportDefinition): Pick<Diagnostic, "hint"> => ({
  hint: value.endsWith(".dnn")
    ? "paths start from the folder of the file that imports"
    : `a program's file ends in .dnn: write "${value}.dnn"; the library needs no import`,
});

/** A definition that takes the place of the library's in this file; the library itself goes on with its own. */
function replaced(d: { readonly name: Name }, library: Value | undefined): Warning | undefined {
  if (library?.kind !== "definition" && !Object.hasOwn(builtins, d.name.text)) return undefined;
  return {
    code: "names/replaces-library",
    message: `this '${d.name.text}' stands for the library's in this file`,
    hint: "if that is intended, ignore this; otherwise rename it",
  };
}

/** Names of a scope beyond a file's own. */
export function outsideOf(scope: Scope): Outside {
  return (name) => {
    const value = scope.get(name);
    if (value?.kind === "definition") return value.definition;
    return value || Object.hasOwn(builtins, name) ? "builtin" : undefined;
  };
}

/**
 * Parses and checks a file; every model is checked, trainings by `elaborateTraining`. `readText`: how the file itself is parsed,
 * for those who have read a text of it before.
 */
export function openProgram(
  source: Source,
  library: Scope,
  read: ReadImport = () => "this program has no folder to import from",
  chain: readonly string[] = [],
  modules = new Modules<Program>(),
  readText: typeof parse = parse,
  given: GivenSettings = {},
): { program: Program; diagnostics: Diagnostic[] } {
  const { file, diagnostics: said } = readText(source.text, source.file);
  const diagnostics = said.map((d) => withSection(d, source.text, (name) => library.get(name) !== undefined));
  const open: OpenImport = (path, from) => {
    const found = read(path, from);
    if (typeof found === "string") return found;
    const seen = [...chain, source.file];
    if (seen.includes(found.file)) return `these files import each other: ${[...seen, found.file].join(" -> ")}`;
    const known = modules.programs.get(found.file);
    return known ? { program: known, diagnostics: [] } : openProgram(found, library, read, seen, modules);
  };
  const program = new Program(file, library, modules, open, given);
  // Others may read what an imported file binds, and half a body what the other half does.
  if (chain.length === 0 && diagnostics.length === 0) {
    const outside = outsideOf(program.scope);
    const known = [...namesInBodies(program.scope), ...Object.keys(builtins)];
    diagnostics.push(
      ...unusedNames(file, outside),
      ...forgetfulStates(file, outside),
      ...climbingOptimizers(file),
      ...unknownNames(file, outside, known),
      ...unknownTags(file),
      ...batchesInShapes(file),
    );
  }
  return { program, diagnostics };
}
