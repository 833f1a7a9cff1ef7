// Puts what built modules run on into dist/, for `dnn build --weights` of the package: one text for each kind of model, and those of
// the GPU and of threads.

import { writeFileSync } from "node:fs";
import { BUNDLES, bundle } from "../embed/build/bundle.node.ts";

for (const name of BUNDLES) writeFileSync(new URL(`../dist/embed/build/${name}`, import.meta.url), await bundle(name));
