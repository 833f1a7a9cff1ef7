import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest, which begin first, so that none of them is left to one worker in the end. */
const LONGEST = [
  "examples/generative",
  "examples/sequences",
  "examples/pictures",
  "examples/foundations",
  "engine/browser",
  "programs/programs",
  "engine/wgsl",
  "examples/classic",
  "compiler/matrix",
  "compiler/padding",
  "playground/page",
  "compiler/depth",
  "diagnostics/fuzz",
  "engine/gpu",
  "grammar/fuzz",
  "bench/gpuparts",
  "cli/bench",
  "editor/incremental",
  "compiler/grad",
  "cli/warm",
  "engine/agree",
  "compiler/fusion",
  "editor/hostile",
  "cli/streamed",
  "cli/streams",
  "cli/streamedfiles",
  "embed/devices",
].map((name) => `/test/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    // Modules are loaded once for each worker rather than for each file: a test leaves nothing behind that another would find.
    isolate: false,
    // Compiling makes many short-lived objects: in a larger young generation fewer of them are copied.
    execArgv: ["--max-semi-space-size=64"],
    maxWorkers: 2,
    globalSetup: "test/support/keptvalues.ts",
    // Devices of tests compute nothing, or fail on purpose: there is nothing to measure.
    env: { DNN_GPU_TUNING: "usual" },
    sequence: { sequencer: LongestFirst },
  },
});
