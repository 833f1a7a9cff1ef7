// Names that other tools have for our data sources and their arguments. In: a word that no source or parameter is called. Out: what to write.

/** Sources: ours by theirs. */
const SOURCES: Readonly<Record<string, string>> = {
  read_csv: "csv",
  table: "csv",
  dataframe: "csv",
  pandas: "csv",
  tsv: "csv",
  image_folder: "images",
  ImageFolder: "images",
  image_dataset_from_directory: "images",
  folder: "images",
  load_mnist: "mnist",
  MNIST: "mnist",
  CIFAR10: "cifar10",
  numpy: "npz",
  npy: "npz",
  json: "jsonl",
  ndjson: "jsonl",
  read_json: "jsonl",
  read_parquet: "parquet",
  audio: "wav",
  sounds: "wav",
  audio_dataset_from_directory: "wav",
  text_dataset_from_directory: "texts",
  txt: "text",
  textfile: "text",
};

const TABLE =
  'a table is read from CSV, a line of names and a line for each row, from JSON lines or from Parquet: `csv("FILE.csv")`';

const LOADER =
  'a source is named by what it reads: `csv("FILE.csv")`, `npz("FILE.npz")`, `images("FOLDER")`, `mnist("FOLDER")`; a training has `batch 64` and shuffles by itself';

/** Sources by the endings of the files that they read, or of those in the folders that they read. */
const ENDINGS: Readonly<Record<string, string>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "jsonl",
  parquet: "parquet",
  npz: "npz",
  npy: "npz",
  txt: "text",
  wav: "wav",
  png: "images",
  jpg: "images",
  jpeg: "images",
  webp: "images",
};

const OF_FOLDERS = ["wav", "images"];

const sourceByEnding = (file: string): string | undefined =>
  own(ENDINGS, /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? "");

/** The source that reads a file, by its ending; undefined where one reads a folder of such. */
export function sourceOfFile(file: string): string | undefined {
  const source = sourceByEnding(file);
  return source !== undefined && OF_FOLDERS.includes(source) ? undefined : source;
}

/** How a program names a file of data; undefined for what may be a program. */
export function declarationFor(path: string): string | undefined {
  const source = sourceByEnding(path);
  if (source === undefined || source === "text") return undefined;
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return `${source}("${OF_FOLDERS.includes(source) ? "FOLDER" : name}")`;
}

const SOURCE_ADVICE: Readonly<Record<string, string>> = {
  excel: TABLE,
  xlsx: TABLE,
  sql: TABLE,
  DataLoader: LOADER,
  Dataset: LOADER,
  TensorDataset: LOADER,
  ImageFolderDataset: LOADER,
  load: LOADER,
  load_data: LOADER,
  open: LOADER,
  read: LOADER,
  fetch: 'nothing is fetched: download the file, then name it, as in `csv("FILE.csv")`',
};

/** Arguments: ours by theirs. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  sep: "separator",
  delimiter: "separator",
  delim: "separator",
  target: "label",
  target_column: "label",
  y: "label",
  labels: "label",
  train_size: "split",
  train_split: "split",
  path: "file",
  filename: "file",
  file_path: "file",
  root: "dir",
  folder: "dir",
  data_dir: "dir",
  directory: "dir",
  test: "heldout",
  n_test: "heldout",
  count: "n",
  limit: "n",
  n_samples: "n",
  num_samples: "n",
  n_train: "n",
  image_size: "size",
  target_size: "size",
  resize: "size",
  shape: "size",
  seq_len: "seq",
  sequence_length: "seq",
  block_size: "seq",
  gray: "grey",
  grayscale: "grey",
  usecols: "columns",
  features: "columns",
  exclude: "drop",
  ignore: "drop",
  dtype: "types",
  dtypes: "types",
  groups: "group",
  sample_weight: "weight",
  weights: "weight",
  class_weight: "balance",
  test_file: "test",
  na: "missing",
  dropna: "missing",
  sample_rate: "rate",
  sr: "rate",
  duration: "seconds",
  maxlen: "length",
  max_length: "length",
  num_words: "vocabulary",
  max_tokens: "vocabulary",
  max_features: "vocabulary",
  vocab_size: "vocabulary",
  min_frequency: "min_count",
  min_df: "min_count",
  lower: "lowercase",
  tokenizer: "tokens",
  level: "tokens",
  n_classes: "classes",
  num_classes: "classes",
};

const SHARE = "`split` is the share that trains: `split=0.8` holds out a fifth";

/** Of numbers such as -999. */
const NO_VALUE =
  '`missing` says by a word what becomes of empty cells: "mean", "frequent", "flag" or "drop"; where a number such as -999 stands for no value, leave the cell empty in the file';

const ARGUMENT_ADVICE: Readonly<Record<string, string>> = {
  na_values: NO_VALUE,
  null_values: NO_VALUE,
  missing_values: NO_VALUE,
  nan_values: NO_VALUE,
  header: "the first line of this file names its fields",
  names: "the first line of the table names its columns: write it there",
  test_size: SHARE,
  test_split: SHARE,
  validation_split: SHARE,
  val_split: SHARE,
  shuffle: "leave it out: examples are shuffled by themselves",
  seed: "leave it out: `dnn train FILE --split-seed 1` takes another split",
  random_state: "leave it out: `dnn train FILE --split-seed 1` takes another split",
  batch: "it belongs to the training: `batch 64`",
  batch_size: "it belongs to the training: `batch 64`",
  normalize: "it stands in the body of the data: `{ x = normalize(x) }`",
  columns: "leave it out: there are no columns to choose from",
  index_col: "`drop` names columns to leave out",
  encoding: "leave it out: texts are read as UTF-8",
  download: "leave it out: nothing is downloaded",
  transform: "what is done to examples stands in the body of the data: `{ image = flip(image) }`",
};

const own = (table: Readonly<Record<string, string>>, word: string): string | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;

export const sourceMeant = (word: string, isCalled: (name: string) => string): string | undefined => {
  const ours = own(SOURCES, word);
  return ours === undefined ? own(SOURCE_ADVICE, word) : `it is called ${ours} here: \`${isCalled(ours)}\``;
};

/** Of a value that an argument cannot have: `missing=-999`. */
export function valueMeant(argument: string, value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const isNumber = typeof first === "number" || (typeof first === "string" && /^-?\d+(\.\d+)?$/.test(first));
  return argument === "missing" && isNumber ? NO_VALUE : undefined;
}

interface Parameter {
  readonly name: string;
  readonly documentation: string;
}

/** Of the parameters that a source has. */
export function argumentMeant(word: string, known: readonly Parameter[]): string | undefined {
  const ours = known.find(({ name }) => name === own(ARGUMENTS, word));
  if (ours) return `it is called \`${ours.name}\` here: ${ours.documentation}`;
  const advice = own(ARGUMENT_ADVICE, word);
  const has = (name: string): boolean => known.some((p) => p.name === name);
  if (advice !== SHARE || has("split")) return advice;
  return has("heldout") ? "`heldout` is how many examples are held out: `heldout=1000`" : undefined;
}
