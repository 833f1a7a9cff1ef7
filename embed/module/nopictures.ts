// In place of `pictures.ts` in built modules of models that take no pictures.

import type { isPixels as Is, pictureIn as Original } from "../pictures.ts";

export const isPixels: typeof Is = (_): _ is never => false;

export const pictureIn: typeof Original = async () => undefined;
