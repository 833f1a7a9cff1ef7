// Proves that the examples of autoencoders, densities and adversaries train to their targets, that the generator of the GAN
// covers the ring, and that a linear autoencoder finds the principal components.

import { testExamples } from "./trained.ts";

testExamples("generative");
