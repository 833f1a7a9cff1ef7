// `dnn completion SHELL`: a script for bash, zsh or fish that completes verbs, flags, their values and files.

import { EXIT } from "../../../project/failure.ts";
import { type CompletedVerb, scripts } from "../../command/completion.ts";
import { oneOf } from "../../command/flag.ts";
import { defineVerb, type VerbEntry } from "../../command/verb.ts";
import { outStyled } from "../../terminal/say.ts";

const DETAILS = `Where the script goes:
  bash  eval "$(dnn completion bash)" in ~/.bashrc
  zsh   eval "$(dnn completion zsh)" in ~/.zshrc, below compinit
  fish  dnn completion fish > ~/.config/fish/completions/dnn.fish`;

/** The verb, for these verbs. */
export const completionOf = (entries: readonly VerbEntry[]) => ({
  verb: defineVerb({
    arguments: [
      {
        name: "shell",
        type: oneOf(...(Object.keys(scripts) as (keyof typeof scripts)[])),
        description: "bash, zsh or fish",
      },
    ],
    flags: {},
    example: 'eval "$(dnn completion bash)"',
    details: DETAILS,
    async run([shell]) {
      const verbs: CompletedVerb[] = [];
      for (const { load, ...entry } of entries) verbs.push({ ...entry, ...(await load()).verb });
      outStyled(scripts[shell](verbs));
      return EXIT.fine;
    },
  }),
});
