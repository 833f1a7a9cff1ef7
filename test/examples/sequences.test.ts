// Proves that the examples of recurrent networks and of attention train to their targets, and what the course says of them.

import { testExamples } from "./trained.ts";

testExamples("sequences");
