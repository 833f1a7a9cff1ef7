// Runs the command line as its users do: another process, its streams and its exit code.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors, type SafetensorsFile } from "../../runtime/checkpoint/safetensors.ts";
import { runWarm } from "./warm.ts";

const bin = fileURLToPath(new URL("../../cli/bin.ts", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The lines of stdout as objects. */
  readonly events: readonly Record<string, unknown>[];
}

interface Surroundings {
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Outcome>;
  /** Resolves once stdout or stderr has had this text. */
  readonly said: (text: string) => Promise<void>;
}

export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "dnn-cli-"));

  write(name: string, contents: string | Uint8Array): string {
    writeFileSync(join(this.folder, name), contents);
    return name;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  bytes(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)));
  }

  start(...args: string[]): Running {
    return this.startWith({}, ...args);
  }

  /** In a process with arguments for Node and an environment of its own. */
  startWith({ nodeArgs = [], env = {} }: Surroundings, ...args: string[]): Running {
    const options = { cwd: this.folder, env: { ...process.env, NO_COLOR: "1", ...env } };
    const child = spawn(process.execPath, [...nodeArgs, bin, ...args], options);
    let out = "";
    let err = "";
    let heard = (): void => {};
    child.stdout.on("data", (data) => {
      out += data;
      heard();
    });
    child.stderr.on("data", (data) => {
      err += data;
      heard();
    });
    const said = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        heard = () => (out + err).includes(text) && resolve();
        child.on("close", () => reject(new Error(`ended without saying ${text}: ${out}${err}`)));
        heard();
      });
    const done = new Promise<Outcome>((resolve) => {
      child.on("close", (code) => resolve({ code, out, err, events: objects(out) }));
    });
    return { child, done, said };
  }

  /** In the process that runs one command after another. What a process of its own makes different takes `start`. */
  run(...args: string[]): Promise<Outcome> {
    return this.runIn(".", ...args);
  }

  /** As `run`, in a folder of this place. */
  runIn(folder: string, ...args: string[]): Promise<Outcome> {
    return runWarm(this.path(folder), args).then((done) => ({ ...done, events: objects(done.out) }));
  }

  /** The latest checkpoint of a run. */
  checkpoint(run: string): SafetensorsFile {
    const name = readFileSync(this.path(run, "latest"), "utf8").trim();
    return readSafetensors(readFileSync(this.path(run, name)), name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function objects(text: string): Record<string, unknown>[] {
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** Names of tensors whose bytes differ. */
export function differences(a: SafetensorsFile, b: SafetensorsFile): string[] {
  const names = new Set([...a.tensors.keys(), ...b.tensors.keys()]);
  return [...names].filter((name) => {
    const [x, y] = [a.tensors.get(name)?.values, b.tensors.get(name)?.values];
    return !x || !y || Buffer.compare(bytesOf(x), bytesOf(y)) !== 0;
  });
}

const bytesOf = (values: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Buffer =>
  Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);

export const xor = `model xor(x: [2]) { dense 8; tanh; dense 2 }

data points = xor()

train xor on points {
  loss      cross_entropy(xor(x), label)
  metric    accuracy(xor(x), label)
  optimizer adam lr=0.02
  batch     24
  epochs    6
}
`;
