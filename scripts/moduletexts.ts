// Puts what built modules run on into dist/, for `dnn build --weights` of the package: one text for each kind of model.

import { writeFileSync } from "node:fs";
import { bundleModule, FEATURES } from "../embed/build/bundle.node.ts";
import { bundleName } from "../embed/build/write.ts";

for (const features of FEATURES)
  writeFileSync(new URL(`../dist/embed/build/${bundleName(features)}`, import.meta.url), await bundleModule(features));
