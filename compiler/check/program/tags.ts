// Tags above definitions, `# @role linear`, that nothing reads. In: a checked file. Out: a warning at each.

import type { SourceFile, Tag } from "../../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import { readRenamings } from "../frame/renamed.ts";
import { ROLES, TAGS } from "../frame/roles.ts";
import { didYouMean } from "../names/didyoumean.ts";

export function unknownTags(file: SourceFile): readonly Diagnostic[] {
  return file.definitions.flatMap((d) => {
    const tags = "tags" in d ? Object.entries(d.tags ?? {}) : [];
    return tags.flatMap(([word, tag]) => {
      if (!TAGS.includes(word))
        return [
          unknown(
            tag,
            "tag",
            `@${word}`,
            TAGS.map((t) => `@${t}`),
          ),
        ];
      if (word === "renamed" && !readRenamings(tag)) return [unreadable(tag)];
      const roles = word === "role" ? tag.words : [];
      const known = Object.keys(ROLES);
      return roles.filter((role) => !known.includes(role)).map((role) => unknown(tag, "role", role, known));
    });
  });
}

/** `# @renamed shift bias` */
const unreadable = ({ span, text }: Tag): Diagnostic => ({
  code: "names/unknown-tag",
  severity: "warning",
  message: `\`@renamed ${text}\` does not say which name became which, so this comment says nothing to the checker`,
  span,
  hint: "the earlier name stands before the arrow: `# @renamed shift -> bias, gain -> scale`",
});

function unknown({ span }: Tag, kind: string, word: string, known: readonly string[]): Diagnostic {
  const near = didYouMean(word, known);
  return {
    code: "names/unknown-tag",
    severity: "warning",
    message: `there is no ${kind} \`${word}\`, so this comment says nothing to the checker`,
    span,
    hint: near === undefined ? `there are ${known.join(", ")}` : `did you mean \`${near}\`?`,
  };
}
