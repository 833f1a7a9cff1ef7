// Proves that the examples of convolutional networks train to their targets, and what the course says of them.

import { testExamples } from "./trained.ts";

testExamples("pictures");
