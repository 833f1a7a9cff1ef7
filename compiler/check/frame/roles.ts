// Roles of definitions, by which checks and lints know them; each is declared in the comment above its definition: `# @role linear, windowed`. The library has no
// other way to say so, and a program's own definition that says the same gets the same checks, lints and hints.

import type { Callable } from "../values/values.ts";
import type { Application } from "./application.ts";

/** Every role, and what has it. */
export const ROLES = {
  linear: "a linear layer, whose bias is called `bias`",
  dense: "a linear layer on the last axis, with `n` outputs",
  windowed: "a layer that goes over windows of its input",
  filters: "a layer with a window `size` and a number of `filters`",
  groups: "a layer with `filters` and `groups` of channels",
  activation: "an activation, which leaves every number at its place",
  placewise: "leaves every number at its place",
  dropping: "drops numbers at random in training, and leaves the others at their places",
  scores: "gives numbers of any size and sign",
  softmax: "gives probabilities",
  log_softmax: "gives logarithms of probabilities",
  batch_statistics: "normalises by mean and variance of the batch",
  last_step: "keeps the last step of a sequence",
  residual: "adds what `skip` gives to what `body` gives",
  heads: "cuts the depth of `x` into `n` heads",
  class_loss: "a loss of scores `y` and a class `label`",
  class_metric: "a metric of scores `y` and a class `label`",
  takes_scores: "a loss that takes the softmax of its scores itself",
  takes_logit: "a loss that takes the sigmoid of its logit itself",
  takes_logarithms: "a loss that takes logarithms of probabilities",
  comparison: "a loss that compares numbers `y` with numbers `x`",
  squared: "a comparison that takes differences for quantities",
  yes_or_no: "a comparison with targets from 0 to 1",
  margin: "a comparison with targets of -1 or 1",
  system: "solves `a @ x = b` for a square matrix",
  factor: "factors a positive definite matrix `a`",
} as const;

export type Role = keyof typeof ROLES;

/** The tags that a definition may have. */
export const TAGS: readonly string[] = ["role", "by-name", "rate", "takes-layer", "renamed"];

/** The roles that a definition has. */
export const rolesOf = ({ tags }: Pick<Callable, "tags">): readonly string[] => tags?.role?.words ?? NO_ROLES;

const NO_ROLES: readonly string[] = [];

export function definitionHasRole(definition: Pick<Callable, "tags">, ...roles: readonly Role[]): boolean {
  const own = rolesOf(definition);
  return roles.some((role) => own.includes(role));
}

/** Whether what is called has one of these roles. */
export function hasRole(application: Application | undefined, ...roles: readonly Role[]): boolean {
  const definition = application?.callee?.definition;
  return definition !== undefined && definition.kind !== "literal" && definitionHasRole(definition, ...roles);
}
