// In: a folder of folders, one for each class, with WAV files. Out: sounds of one length and rate as samples, and their classes.
// Invariant: the seed alone says what is held out; no file is passed over.

import { DataError } from "../../files/dataerror.ts";
import { type FileKind, labelColumn } from "../filelists/classfolders.ts";
import { dividedByClass, TEST_PARAMETER } from "../filelists/divided.ts";
import { readRecords } from "../readrecords.ts";
import { checkNumbers, type Source } from "../source.ts";
import { splitRows } from "../split.ts";
import { examineStream, isStreamed, STREAM_PARAMETERS, streamedDataset } from "../streamed.ts";
import { soundDecoder, soundRecords } from "./soundrecords.ts";

const SOUNDS: FileKind = {
  source: "wav",
  noun: "sound",
  nouns: "sounds",
  endings: ".wav",
  isOne: (name) => /\.wav$/i.test(name),
  code: "data/no-files",
};

/** An hour; longer sounds are cut into files first. */
const LONGEST = 3600;

/** How many files are not as long, or not of the rate, that is asked for. */
interface Tally {
  longer: number;
  shorter: number;
  readonly rates: Map<number, number>;
}

const holds = (seconds: number, rate: number): string =>
  `sound holds ${seconds} s of ${rate} samples a second, of which \`logmel(sound)\` makes bands`;

function noteOf({ longer, shorter, rates }: Tally, of: number, seconds: number, rate: number): string {
  const others = [...rates].filter(([own]) => own !== rate).sort(([a], [b]) => a - b);
  const parts = [
    ...(longer > 0 ? [`${longer} of ${of} are longer and are cut off`] : []),
    ...(shorter > 0 ? [`${shorter} of ${of} are shorter and are followed by silence`] : []),
    ...others.map(([own, count]) => `${count} of ${of} are resampled from ${own} samples a second`),
  ];
  return [holds(seconds, rate), ...parts].join("; ");
}

/** DataErrors `data/bad-argument` of none, `data/too-large` of more than an hour. */
function samplesIn(seconds: number, rate: number): number {
  const count = Math.round(seconds * rate);
  if (count < 1) {
    const message = `wav: ${seconds} s of ${rate} samples a second are no sample`;
    throw new DataError("data/bad-argument", message, "ask for more seconds", "seconds");
  }
  if (seconds <= LONGEST) return count;
  const message = `wav: seconds is ${seconds}, more than the ${LONGEST} that it may be`;
  throw new DataError("data/too-large", message, "ask for less", "seconds");
}

export const wav: Source = {
  name: "wav",
  documentation: "Sounds in WAV files, in a folder for each class, as samples of one length and rate.",
  parameters: [
    { name: "dir", kind: "path", documentation: "the folder that holds the folders of the classes" },
    {
      name: "seconds",
      kind: "amount",
      default: 1,
      documentation: "how much of each sound is taken, from its start; silence follows one that is shorter",
    },
    {
      name: "rate",
      kind: "count",
      default: 16000,
      documentation: "samples a second; sounds of another rate are resampled",
    },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled sounds that trains" },
    ...STREAM_PARAMETERS,
    TEST_PARAMETER,
  ],
  fields: [
    {
      name: "sound",
      type: "[n, 1]",
      documentation: "samples from -1 to 1, seconds times rate of them; channels are averaged",
    },
    { name: "label", type: "class N", documentation: "the folder; classes are sorted by name" },
  ],
  generated: false,
  examine: examineStream,
  async load(given, around) {
    const { files, seed } = around;
    const [dir, seconds, rate] = [given.path("dir"), given.number("seconds"), given.number("rate")];
    const count = samplesIn(seconds, rate);
    const { classes, chosen, cut } = await dividedByClass(files, given, seed, SOUNDS);
    const facts = { name: "sound", shape: [count, 1], sound: { rate } };
    if (isStreamed(given, around, 4 * chosen.length * count)) {
      const { values: _, ...label } = labelColumn(classes, []);
      const note = `${holds(seconds, rate)}; longer sounds are cut off, silence follows shorter ones, and other rates are resampled`;
      return streamedDataset(
        { unit: "sounds", unitsPerExample: 1 },
        [{ ...facts, note }, label],
        soundRecords(chosen, cut, dir, { rate, count }, given.optionalNumber("buffer")),
      );
    }
    checkNumbers(`the sounds of ${dir}`, chosen.length * count, {
      hint: "stream=true reads them again in each epoch; or ask for fewer seconds, or a lower rate",
    });
    const values = new Float32Array(chosen.length * count);
    const tally: Tally = { longer: 0, shorter: 0, rates: new Map() };
    const reading = { rate, count, isCounted: true };
    const records = soundRecords(chosen, cut, dir, reading, undefined);
    await readRecords(records, soundDecoder, around, ([samples, _, lengths, rates], from) => {
      if (samples) values.set(samples, from * count);
      for (const length of lengths ?? []) {
        if (length > count) tally.longer++;
        if (length < count) tally.shorter++;
      }
      for (const own of rates ?? []) tally.rates.set(own, (tally.rates.get(own) ?? 0) + 1);
    });
    const note = noteOf(tally, chosen.length, seconds, rate);
    const columns = [{ ...facts, values, note }, labelColumn(classes, chosen)];
    return { unit: "sounds", unitsPerExample: 1, ...splitRows(columns, chosen.length, cut) };
  },
};
