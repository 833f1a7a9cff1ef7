// The page's side of the worker that trains. In: questions. Out: answers and events. A worker that takes too long to come back can be
// ended, and the next question starts another.

import type { FromLab, LabCalls, LabEvent, Problem, ToLab } from "../lab/protocol.ts";

/** A mistake that the worker reports. */
export class LabError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

export class LabClient {
  private readonly listener: (event: LabEvent) => void;
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | undefined;
  private next = 0;

  constructor(listener: (event: LabEvent) => void) {
    this.listener = listener;
  }

  /** Starts the worker before it is needed. */
  start(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(new URL("./lab.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromLab>) => this.heard(data));
    worker.addEventListener("error", ({ message }) => this.failed(message || "the worker cannot be started"));
    this.worker = worker;
    return worker;
  }

  get isBusy(): boolean {
    return this.waiting.size > 0;
  }

  ask<K extends keyof LabCalls>(call: K, ...given: Parameters<LabCalls[K]>): ReturnType<LabCalls[K]> {
    const id = this.next++;
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.start().postMessage({ id, call, given } as ToLab);
    return answer as ReturnType<LabCalls[K]>;
  }

  /** Ends what it does, whatever that is. */
  end(): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.refuse({ code: "ended", message: "it was broken off", hint: undefined, line: undefined });
  }

  private heard(message: FromLab): void {
    if ("event" in message) {
      this.listener(message.event);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ("problem" in message) waiting?.reject(new LabError(message.problem));
    else waiting?.resolve(message.answer as never);
  }

  private failed(message: string): void {
    this.end();
    this.listener({ kind: "failed", problem: { code: "internal", message, hint: undefined, line: undefined } });
  }

  private refuse(problem: Problem): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(new LabError(problem));
  }
}
