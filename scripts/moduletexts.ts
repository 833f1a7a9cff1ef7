// Puts what built modules run on into dist/, for `dnn build --weights` of the package: one text for each kind of model.

import { writeFileSync } from "node:fs";
import { bundleModule, bundleName, FEATURES } from "../embed/build/bundle.node.ts";

for (const features of FEATURES)
  writeFileSync(new URL(`../dist/embed/build/${bundleName(features)}`, import.meta.url), await bundleModule(features));
