// The worker that trains: questions of the page go to the lab, its answers and events go back.

import { toJson } from "../../compiler/diagnostics/json.ts";
import { Texts } from "../../compiler/diagnostics/lines.ts";
import { asFailure } from "../../project/failure.ts";
import { Lab } from "./lab.ts";
import type { FromLab, LabCalls, Problem, ToLab } from "./protocol.ts";

const post = (message: FromLab): void => postMessage(message);

function problemOf(error: unknown): Problem {
  const failed = asFailure(error);
  const first = failed?.diagnostics.find((d) => d.severity === "error") ?? failed?.diagnostics[0];
  if (!first) return { code: "internal", message: String(error), hint: undefined, line: undefined };
  const { code, message, hint, line } = toJson(first, lab.texts ?? new Texts(), "");
  return { code, message, hint, line };
}

const lab = new Lab((event) => post({ event }), problemOf);

addEventListener("message", async ({ data }: MessageEvent<ToLab>) => {
  const { id, call, given } = data;
  try {
    const answer = await (lab[call] as (...given: unknown[]) => Promise<unknown>)(...given);
    post({ id, answer });
  } catch (error) {
    post({ id, problem: problemOf(error) });
  }
});

export type { LabCalls };
