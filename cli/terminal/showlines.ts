// The `show` lines of a training with trained weights: each is printed, drawn into a PNG, or put on a page.

import type { ShowImages, ShowText } from "../../compiler/check/training/lines/outputs.ts";
import type { NameExpression, TrainDefinition } from "../../grammar/syntax/ast.ts";
import { usage } from "../../project/failure.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import { pageOf, pictureWords } from "../../report/page.ts";
import type { Section } from "../../report/readings.ts";
import { Showing, type ShowWish, sectionsOf, shownTraining } from "../../report/showing.ts";
import { outKind, writeOut } from "./outfile.ts";
import { hasColour, note, out, outPiece, outStyled } from "./say.ts";

/** Options of the `show` lines: words of texts where the command gives some, and where pictures or a page go. */
export type ShowOptions = ShowWish & { readonly out?: string };

/** The call of each `show` line: `images`, `generate`, ... */
const showKinds = ({ body }: TrainDefinition): readonly string[] =>
  body.flatMap((s) => {
    if (s.kind !== "line" || s.value.kind !== "flow" || s.value.head.kind !== "name") return [];
    if (s.value.head.name !== "show") return [];
    const [call] = s.value.arguments;
    const named = call?.kind === "positional" && call.value.kind === "call" && call.value.callee.kind === "name";
    return [named ? (call.value.callee as NameExpression).name : ""];
  });

/** Whether a training has `show` lines. */
export const hasShowLines = (training: TrainDefinition): boolean => showKinds(training).length > 0;

/** Whether some of them are pictures. */
export const hasPictures = (training: TrainDefinition): boolean => showKinds(training).includes("images");

/** The `show` lines by their numbers that are drawn at the end of epochs: pictures and texts with `every epoch` behind them. */
export const drawnEveryEpoch = ({ body }: TrainDefinition): readonly number[] =>
  body
    .flatMap((s) => (s.kind === "line" && s.value.kind === "flow" ? [s.value] : []))
    .filter(({ head }) => head.kind === "name" && head.name === "show")
    .flatMap(({ arguments: [call, ...words] }, i) => {
      const kind = call?.kind === "positional" && call.value.kind === "call" ? call.value.callee : undefined;
      const said = words.map((w) => (w.kind === "positional" && w.value.kind === "name" ? w.value.name : ""));
      const isKept = kind?.kind === "name" && (kind.name === "images" || kind.name === "generate");
      return isKept && said.join(" ") === "every epoch" ? [i] : [];
    });

/** Extensions of --out. */
const KINDS = { png: "pictures", html: "a page with everything" };

/** Rejects flags that no `show` line uses, before anything is computed. Gives the path of the page, if one is wanted. */
function choosePage({ definition }: Weights, { out, ...flags }: ShowOptions): string | undefined {
  const kinds = showKinds(definition);
  const idle = (["prompt", "length", "temperature"] as const).find((flag) => flags[flag] !== undefined);
  const { text } = definition.name;
  if (idle && !kinds.includes("generate"))
    throw usage(`--${idle} is for texts, and no \`show\` line of '${text}' generates one`);
  if (out === undefined) return undefined;
  const page = outKind(out, KINDS) === "html";
  if (!page && !kinds.includes("images"))
    throw usage(`--out ${out}: no \`show\` line of '${text}' draws pictures`, "FILE.html takes everything");
  return page ? out : undefined;
}

/** Pictures go into files of their own, texts to the terminal; a page (OUT.html) takes everything. */
export async function showAll(weights: Weights, flags: ShowOptions): Promise<void> {
  const page = choosePage(weights, flags);
  if (page !== undefined) return writePage(weights, page, await sectionsOf(weights, flags));
  const training = shownTraining(weights);
  const showing = new Showing(weights, training, flags);
  let [pictures, texts] = [0, 0];
  for (const show of training.shows) {
    if (show.kind === "images") await draw(showing, show, { out: flags.out, index: pictures++ });
    else {
      if (texts++ > 0) out("");
      if (show.kind === "generate") await write(showing, show);
      else outStyled((await showing.section(show)).text(hasColour(process.stdout)));
    }
  }
}

async function writePage(weights: Weights, page: string, sections: readonly Section[]): Promise<void> {
  await writeOut(page, pageOf(weights.definition.name.text, sections));
  note(`${sections.length === 1 ? "1 `show` line" : `${sections.length} \`show\` lines`} in ${page}`);
}

async function draw(
  showing: Showing,
  show: ShowImages,
  { out: first = "sample.png", index }: { readonly out: string | undefined; readonly index: number },
): Promise<void> {
  const place = index === 0 ? first : first.replace(/(\.png)?$/i, `-${index + 1}.png`);
  await writeOut(place, await showing.png(show));
  note(`${pictureWords(show.rows, show.columns)} in ${place}`);
}

/** Prints a text while it is written. */
async function write(showing: Showing, show: ShowText): Promise<void> {
  for await (const piece of showing.pieces(show)) outPiece(piece);
  out("");
}
