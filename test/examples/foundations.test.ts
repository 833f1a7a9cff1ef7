// Proves that the examples of foundations, of ways to train and of the rest of the zoo train to their targets, and what the
// course says of them.

import { testExamples } from "./trained.ts";

testExamples("foundations");
