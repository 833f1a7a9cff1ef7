// Where a user of the command line finds the shape of an input. Built modules have `netadvice.ts` in its place.

export const SHAPE_ADVICE = "`dnn summary FILE` shows its shape";
