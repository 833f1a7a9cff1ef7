// Facts for the page of a training that is ready to go: its sizes, its model, and examples to look at.

import { asFailure } from "../../project/failure.ts";
import type { Sources } from "../../project/source.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import { pictureSize } from "../../project/use/rows/picturerows.ts";
import type { Split } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import { firstRows } from "../../runtime/stream/reading.ts";
import { isOfPictures, isOfPlane, Look } from "./look.ts";
import type { LabFacts, Points } from "./protocol.ts";
import { questionsOf } from "./questions.ts";
import type { Running } from "./running.ts";

/** Points and pictures that a page draws. */
const MOST_POINTS = 600;
const MOST_PICTURES = 48;

export interface Opening {
  readonly facts: LabFacts;
  readonly look: Look | undefined;
  /** Of the first step. */
  readonly weights: Weights;
}

export async function factsOf(running: Running, sources: Sources): Promise<Opening> {
  const { training } = running;
  const { prepared, data, session, device, definition } = training;
  const weights = await running.weights(sources);
  const { look, note } = lookInto(weights);
  const model = look?.facts;
  const seen = await firstRows(data.dataset, running.opened.host.files);
  const rows = seen.heldout.length > 0 ? seen.heldout : seen.train;
  if (look && isAsked(look)) look.questions = questionsOf(look.graph.inputs, rows);
  const field = look?.graph.inputs[0]?.field.name;
  const facts: LabFacts = {
    training: definition.name.text,
    trainings: running.opened.program.trains.map((t) => t.name.text),
    epochs: session.plan.epochs,
    batch: session.plan.batch,
    params: prepared.params,
    device,
    examples: data.dataset.train.length,
    heldout: data.dataset.heldout.length,
    unit: data.dataset.unit,
    model,
    points: model && field && isOfPlane(model) ? pointsIn(seen, field, look?.target?.name) : undefined,
    pictures: model && field && isOfPictures(model) ? picturesIn(rows, field) : undefined,
    questions: look?.questions,
    note,
  };
  return { look, facts, weights };
}

/** An input that is neither drawn nor a point is filled in as a form, and so is a row of a table. */
const isAsked = ({ facts, graph }: Look): boolean =>
  graph.inputs.some(({ field }) => field.columns) || !(isOfPlane(facts) || isOfPictures(facts));

/** Into the first model that can be looked into: one that ranks classes before one of points or pictures, and these before others. */
function lookInto(weights: Weights): { look: Look | undefined; note: string | undefined } {
  const saved = [...weights.checkpoints[0].checkpoint.tensors.keys()];
  const names = [...weights.opened.program.models.keys()].filter((n) => saved.some((path) => path.startsWith(`${n}.`)));
  const looks: Look[] = [];
  let note: string | undefined;
  for (const name of names) {
    try {
      looks.push(new Look(weights, name));
    } catch (error) {
      const failed = asFailure(error);
      if (!failed) throw error;
      note ??= failed.message;
    }
  }
  const isSeen = ({ facts }: Look): boolean => isOfPlane(facts) || isOfPictures(facts);
  const look = looks.find((l) => l.target) ?? looks.find(isSeen) ?? looks[0];
  return { look, note: look ? undefined : note };
}

function pointsIn(
  { train, heldout }: { readonly train: Split; readonly heldout: Split },
  field: string,
  target: string | undefined,
): Points | undefined {
  const own = train.columns.find((c) => c.name === field);
  const aim =
    train.columns.find((c) => c.name === target) ??
    train.columns.find((c) => c.name !== field && c.shape.length === 0 && c.classes === undefined);
  if (!own) return undefined;
  const some = (split: Split, name: string | undefined, width: number): Float32Array | Int32Array => {
    const column = split.columns.find((c) => c.name === name);
    return column ? numbersOf(column, 0, width * MOST_POINTS).slice() : new Float32Array();
  };
  return {
    train: Float32Array.from(some(train, field, 2)),
    heldout: Float32Array.from(some(heldout, field, 2)),
    trainTargets: some(train, aim?.name, 1),
    heldoutTargets: some(heldout, aim?.name, 1),
    hasClasses: aim?.classes !== undefined,
  };
}

function picturesIn({ columns }: Split, field: string): Float32Array | undefined {
  const column = columns.find((c) => c.name === field);
  if (!column || !pictureSize(column.shape)) return undefined;
  const size = column.shape.reduce((a, b) => a * b, 1);
  return Float32Array.from(numbersOf(column, 0, MOST_PICTURES * size));
}
