// The host of a program, the place that it runs in: a machine with disks (`machine.node.ts`), or a page (`memoryhost.ts`). All of
// project/ and the language server work on one, and know nothing else of where they are.

import type { Library } from "../compiler/check/program/library.ts";
import type { GpuLimits } from "../compiler/targets/wgsl/program.ts";
import type { DiskReader } from "../runtime/checkpoint/disk.ts";
import type { CacheFile } from "../runtime/data/recordcache.ts";
import type { Engine, WorkerPort } from "../runtime/engine.ts";
import type { FileReader } from "../runtime/files/files.ts";
import type { GpuTuning, WgslPlan } from "../runtime/plan.ts";
import type { Remember } from "./kept/remember.ts";

export interface Host {
  /** The version of dnn, saved with weights. */
  readonly version: string;
  /** The definitions of stdlib/, with their texts. */
  readonly library: Library;
  /** Whether there are files at all, so that a missing one is a mistake. */
  readonly hasFiles: boolean;
  /** Reads the files of data. */
  readonly files: FileReader;
  /** Reads the folders of runs. */
  readonly disk: DiskReader;
  readonly devices: Devices;
  /** Absent where nothing is kept from command to command. */
  readonly remember?: Remember | undefined;
  /** Absent where streams are read in the thread of the training. */
  readonly decoders?: () => Promise<Decoders>;
  /** The folder that paths of a command start from. */
  readonly currentFolder: string;
  /** The bytes of a program, at once, since imports are read while a program is opened. Throws an error with a code of Node's, as `ENOENT`. */
  read(path: string): Uint8Array;
  /** The folder that a program lies in: relative paths of its data start there. */
  folderOf(path: string): string;
  /** A path as it is written in a file, from where that file lies. */
  beside(path: string, written: string): string;
  /** The programs beside a file, by their names. */
  neighbours(path: string): readonly string[];
  /** One name for a file, whatever leads to it: links are followed. */
  identify(path: string): string;
  /** The folder whose programs another one may import, where a file lies outside of it. */
  outsideOf(program: string, file: string): string | undefined;
  /** The name that a document of an editor has in diagnostics, and back. */
  pathOf(uri: string): string;
  uriOf(path: string): string;
}

/** Workers that decode the records of a stream. */
export interface Decoders {
  /** Beside the threads of an engine, and where nothing else is computed. */
  readonly count: number;
  readonly most: number;
  readonly spawn: () => WorkerPort;
  /** Begins or takes up a file of decoded records of which all these facts hold; undefined where that fails. */
  readonly beginCache: (file: CacheFile, facts: unknown) => CacheFile | undefined;
}

/** Devices that programs can be computed on. */
export interface Devices {
  cpu(): Promise<Cpu>;
  /** A sentence says why there is none. */
  findGpu(): Promise<Gpu | string>;
}

export interface Cpu {
  /** Makes vectors 256 bits wide where that is possible; to be called before a module is compiled. */
  enableWideVectors(): boolean;
  readonly threads: number;
  /** Plans that were made before. */
  readonly remember?: Remember | undefined;
  readonly spawnWorker: (() => WorkerPort) | undefined;
}

export interface Gpu {
  readonly name: string;
  /** A driver that computes on the processor. */
  readonly software: boolean;
  readonly limits: GpuLimits;
  /** Its measured figures, where a program shall be planned by such: measured once, which takes seconds and is said. */
  tuned?(say?: (text: string) => void): Promise<GpuTuning>;
  /** GpuError where the device cannot run the plan. */
  start(plan: WgslPlan): Promise<Engine>;
}
