// In the place of `rowadvice.ts` in built modules, and in the hints of the library: a program has no command line.

export const SHAPE_ADVICE = "`net.inputs` has its shape";
