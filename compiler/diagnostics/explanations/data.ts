// Data: what can be wrong with the files that a source reads. Where a file of text shows it, the file is part of the example.
import type { Explanation } from "./explanation.ts";

const NAMED = `size,name\n${Array.from({ length: 20 }, (_, i) => `${i},"flower ${i}"\n`).join("")}`;
const KINDS = `size,kind\n${Array.from({ length: 20 }, (_, i) => `${i},${i < 9 ? "rose" : "tulip"}\n`).join("")}`;

export const data: readonly Explanation[] = [
  {
    code: "data/csv-ragged",
    text: "A row of the table has another number of cells than its header.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n1,a\n2,b,c\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/csv-missing",
    text: 'A cell is empty. `missing="drop"` leaves such rows out, `missing="mean"` fills them in.',
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n1,a\n,b\n3,a\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/csv-header",
    text: "The first line of a table names its columns: each has a name of its own. `header=false` is for a file that begins with a\nrow: its columns are called `c1`, `c2` and so on.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,x,label\n1,2,a\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/csv-no-label",
    text: "The label is the column called `label`, else the last one, or the one that `label=` names; the table has none of that\nname.",
    bad: 'data d = csv("table.csv", label="kid")',
    good: 'data d = csv("table.csv", label="kind")',
    files: { bad: { "table.csv": "x,kind\n1,a\n2,b\n" }, good: { "table.csv": "x,kind\n1,a\n2,b\n" } },
  },
  {
    code: "data/label-outside",
    text: "`cross_entropy`, `nll`, `multi_hinge` and `accuracy` take the number of a class, from 0 to the number of scores less one.\nA column of numbers is taken as it is: of -1 and 1 make classes with `y > 0`, of 1 to K with `y - 1`; a quantity is compared\nby `mse`.",
    bad: 'model m(x: [1]) { dense 2 }\ndata d = csv("table.csv", label="y")\ntrain m on d { loss cross_entropy(m(x), y) }',
    good: 'model m(x: [1]) { dense 2 }\ndata d = csv("table.csv", label="y")\ntrain m on d { loss cross_entropy(m(x), y > 0) }',
    files: {
      bad: { "table.csv": "x,y\n1,-1\n2,1\n3,-1\n4,1\n" },
      good: { "table.csv": "x,y\n1,-1\n2,1\n3,-1\n4,1\n" },
    },
  },
  {
    code: "data/csv-no-rows",
    text: "The table has a header and nothing below it.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/csv-not-a-number",
    text: "Most cells of the column are numbers and this one is not: a typing error, or a word for a missing value that is not\nrecognised.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: {
      bad: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n9,a\n1O,b\n" },
      good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n9,a\n10,b\n" },
    },
  },
  {
    code: "data/csv-quote",
    text: "A cell in quotes is never closed, or goes on after its closing quote. A quote inside a cell is written twice.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": 'x,label\n1,"a\n2,b\n' }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/csv-empty-column",
    text: 'No row has a value in this column, so nothing can be said of it. `drop="NAME"` leaves it out.',
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,y,label\n1,,a\n2,,b\n" }, good: { "table.csv": "x,y,label\n1,2,a\n2,3,b\n" } },
  },
  {
    code: "data/csv-date",
    text: 'The dates of a column can be read in two ways, such as 01/02/2020, or a column that is said to hold dates holds none.\n`types=["when: dmy"]` says that the day comes first, `mdy` the month, `ymd` the year.',
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv", types=["when: dmy"])',
    files: {
      bad: { "table.csv": "when,label\n01/02/2020,a\n03/02/2020,b\n05/02/2020,a\n" },
      good: { "table.csv": "when,label\n01/02/2020,a\n03/02/2020,b\n05/02/2020,a\n" },
    },
  },
  {
    code: "data/no-column",
    text: "A column that an argument names is not in the table, or in one of its two files only.",
    bad: 'data d = csv("table.csv", drop="nam")',
    good: 'data d = csv("table.csv", drop="name")',
    files: {
      bad: { "table.csv": "name,size,label\nann,1,a\nbob,2,b\n" },
      good: { "table.csv": "name,size,label\nann,1,a\nbob,2,b\n" },
    },
  },
  {
    code: "data/jsonl",
    text: 'A line of the file is no JSON object, such as `{"size": 1.5, "kind": "a"}`. Each line is a row, and its names are columns.',
    bad: 'data d = jsonl("rows.jsonl")',
    good: 'data d = jsonl("rows.jsonl")',
    files: {
      bad: { "rows.jsonl": '{"size": 1, "kind": "a"}\n[2, "b"]\n' },
      good: { "rows.jsonl": '{"size": 1, "kind": "a"}\n{"size": 2, "kind": "b"}\n' },
    },
  },
  {
    code: "data/streamed",
    text: "Data that is streamed is read from the disk a part at a time (`stream=true`, or more of it than memory may hold), and\nthis needs all of it at once. `stream=false` reads it into memory, where it fits.",
    bad: 'data d = csv("table.csv", stratify=true, stream=true)',
    good: 'data d = csv("table.csv", stratify=true)',
    files: {
      bad: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" },
      good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" },
    },
  },
  {
    code: "data/changed",
    text: "A file of a stream is not what it was when the training began: it was written to in the meantime. What was learned\nis saved; `--resume` goes on once the file is as it was, and a new run takes it as it is.",
  },
  {
    code: "data/nested",
    text: "A column holds lists or objects, which are neither numbers nor words nor dates. `drop=` leaves it out.",
    bad: 'data d = jsonl("rows.jsonl")',
    good: 'data d = jsonl("rows.jsonl", drop="tags")',
    files: {
      bad: { "rows.jsonl": '{"size": 1, "tags": ["u"], "kind": "a"}\n{"size": 2, "tags": [], "kind": "b"}\n' },
      good: { "rows.jsonl": '{"size": 1, "tags": ["u"], "kind": "a"}\n{"size": 2, "tags": [], "kind": "b"}\n' },
    },
  },
  {
    code: "data/series",
    text: "The rows of a series follow each other in time and hold numbers: a row is not later than the one before it, or a column holds\nwords.",
    bad: 'data d = series("load.csv", time="day", window=2, horizon=1)',
    good: 'data d = series("load.csv", time="day", window=2, horizon=1, split=1)',
    files: {
      bad: { "load.csv": "day,load\n2024-01-02,1\n2024-01-01,2\n2024-01-03,3\n2024-01-04,4\n" },
      good: { "load.csv": "day,load\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-04,4\n" },
    },
  },
  {
    code: "data/left-out",
    text: "A column that looks like one of dates, texts or names of rows is no number, so it is not part of `x`. Numbers are read with\na unit of money, a per cent sign, a decimal comma or thousands set apart, where all cells of the column are written alike.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: {
      bad: { "table.csv": "day,size,label\n2024-01-01,1,a\n02.01.2024,2,b\n2024-01-03,3,a\n" },
      good: { "table.csv": "day,size,label\n2024-01-01,1,a\n2024-01-02,2,b\n2024-01-03,3,a\n" },
    },
  },
  {
    code: "data/renamed",
    text: "Names of columns become names that a program can write: of letters, digits and _. Two columns would get the same name this\nway, so the second has a number behind it.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: {
      bad: { "table.csv": "size (mm),size_mm,label\n1,3,a\n2,4,b\n3,5,a\n4,6,b\n" },
      good: { "table.csv": "size (mm),width_mm,label\n1,3,a\n2,4,b\n3,5,a\n4,6,b\n" },
    },
  },
  {
    code: "data/many-classes",
    text: "The label has nearly as many classes as the table has rows, so that a model sees most of them once. It may be the wrong\ncolumn, or one of numbers that are not all written in one way.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv", label="kind")',
    files: { bad: { "table.csv": NAMED }, good: { "table.csv": KINDS } },
  },
  {
    code: "data/not-finite",
    text: "A number is infinite, not a number, or too large for 32 bits: one of them would spoil every loss it takes part in.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n1,a\n1e60,b\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/empty-file",
    text: "The file is there and holds nothing.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "" }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/web-page",
    text: "The file is a web page: the download gave an error page instead of the data.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: {
      bad: { "table.csv": "<!DOCTYPE html>\n<html><body>404</body></html>\n" },
      good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" },
    },
  },
  {
    code: "data/too-few",
    text: "Too few examples to train on, or to hold out.",
    bad: 'data d = csv("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n1,a\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n3,a\n4,b\n" } },
  },
  {
    code: "data/file-not-found",
    text: "A data source names a file that is not there. Relative paths start from the folder of the program; those of\n--data from the current folder.",
    bad: 'data d = csv("tabel.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n1,a\n2,b\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n" } },
  },
  {
    code: "data/unknown-source",
    text: "What stands after `data NAME =` is not a source. The message lists them.",
    bad: 'data d = cvs("table.csv")',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n1,a\n2,b\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n" } },
  },
  {
    code: "data/bad-argument",
    text: "A source is given a value it does not take; the message shows what it takes.",
    bad: 'data d = csv("table.csv", split=2)',
    good: 'data d = csv("table.csv")',
    files: { bad: { "table.csv": "x,label\n1,a\n2,b\n" }, good: { "table.csv": "x,label\n1,a\n2,b\n" } },
  },
  {
    code: "data/text-too-short",
    text: "The text has less than one window of characters. A smaller `seq` fits.",
    bad: 'data d = text("corpus.txt", seq=64)',
    good: 'data d = text("corpus.txt", seq=3)',
    files: {
      bad: { "corpus.txt": "To be, or not to be, that is the question." },
      good: { "corpus.txt": "To be, or not to be, that is the question." },
    },
  },
  {
    code: "data/not-a-source",
    text: "A data declaration is a source and its arguments, not a value.",
    bad: "data d = 3 + 4\n\nmodel m(x: [2]) { dense 2 }\n\ntrain m on d {\n  loss mse(m(x), 0)\n}",
    good: "data d = xor()\n\nmodel m(x: [2]) { dense 2 }\n\ntrain m on d {\n  loss mse(m(x), 0)\n}",
  },
  {
    code: "data/folder-not-found",
    text: "A data source names a folder that is not there. Relative paths start from the folder of the program; those of\n--data from the current folder.",
  },
  {
    code: "data/file-unreadable",
    text: "The file is there and cannot be read: it is a folder, or its rights do not let this user.",
  },
  {
    code: "data/not-utf8",
    text: "The file of text is not UTF-8; the message says at which byte. Editors offer to save a file as UTF-8.",
  },
  {
    code: "data/truncated",
    text: "The file ends before the data that its header promises: the download was cut off.",
  },
  {
    code: "data/too-large",
    text: "The data would not fit what one field may have, or one file.",
  },
  {
    code: "data/unknown-character",
    text: "A prompt, or a text to predict for, has a character that the model has never seen.",
  },
  {
    code: "data/label-out-of-range",
    text: "A class is a whole number from 0 to the number of classes less one.",
  },
  {
    code: "data/corrupt-gzip",
    text: "The .gz file is damaged: its check sum does not agree with its content. Download it again.",
  },
  {
    code: "data/corrupt-zip",
    text: "The archive is damaged: its list of contents and the contents do not agree. Make or download it again.",
  },
  {
    code: "data/not-idx",
    text: "The file does not begin as the IDX format of the MNIST files does. Images begin with 00 00 08 03, labels with 00 00 08 01.",
  },
  {
    code: "data/idx-count",
    text: "The header of an IDX file promises another number of items than the file has.",
  },
  {
    code: "data/record-size",
    text: "The file is a whole number of records of another size than the source reads: those of CIFAR-10 are one byte for the label\nand 3072 for the picture.",
  },
  {
    code: "data/no-pictures",
    text: "The folder, or the folder of one class, has no PNG, JPEG or WebP files. `images` takes a folder that holds one folder for each\nclass, with that class's pictures in it.",
  },
  {
    code: "data/no-files",
    text: "The folder, or the folder of one class, has no files of the kind that the source reads. `texts` takes a folder that holds one\nfolder for each class, with that class's .txt files in it, `wav` the same with .wav files.",
  },
  {
    code: "data/not-wav",
    text: "The file is no WAV file, or one of a kind that is not read: compressed sound, or a header that cannot be. Whole numbers of 8,\n16, 24 and 32 bits are read, and floats.",
  },
  {
    code: "data/tokenizer",
    text: "The file is no tokenizer.json as tokenizers of pretrained models are saved, with the parts normalizer, pre_tokenizer and model, or\nof a kind that is not read; or the optional package `@huggingface/tokenizers`, which reads it, is not installed.",
  },
  {
    code: "data/no-classes",
    text: "Pictures, texts or sounds lie beside the folders of the classes, or there are no such folders. What a picture shows is the name of the folder it\nis in: `pets/cat/1.png`, `pets/dog/1.png`.",
  },
  {
    code: "data/picture-sizes",
    text: "Two pictures differ in size, and a model's input has one. `size=64x64` resamples all of them; where the sides are in\nanother proportion they are stretched.",
  },
  {
    code: "data/bad-box",
    text: "A row of a table of boxes has one that cannot be: it ends left of where it begins or above it, lies outside its picture, or has a\ncell that is no number. Boxes are `xmin, ymin, xmax, ymax`, or `x, y, w, h`, in points of the picture as it is seen or in shares of it.",
  },
  {
    code: "data/picture-name",
    text: "The name of the file says PNG and its bytes say JPEG, or the other way round, or WebP. One of the two is a mistake: rename the\nfile, or save it again.",
  },
  {
    code: "data/not-a-picture",
    text: "The file is no PNG, JPEG or WebP picture. Other formats are not read: save it as one of these. WebP needs the\noptional package `@cwasm/webp`; where it was left out, `npm install @cwasm/webp` puts it there.",
  },
  {
    code: "data/corrupt-picture",
    text: "The picture is damaged: a check sum does not agree, its data cannot be unpacked, or there is more or less of it than its\nheader says. Save or download it again.",
  },
  {
    code: "data/counts-differ",
    text: "Fields that belong together have different numbers of examples: as many labels as images, as many rows in every array.",
  },
  {
    code: "data/parquet",
    text: "The file is no Parquet file, is not whole, or is damaged; is compressed in a way that is not read (snappy, gzip and none are);\nor the optional package `hyparquet`, which reads it, is not installed.",
  },
  {
    code: "data/bad-array",
    text: "An array that a program hands to `train` is no list of examples: they differ in shape, mix texts with numbers, or are no whole number\nof examples. A field is a list with an item for each example, or one typed array with the numbers of all of them.",
  },
  {
    code: "data/npy-header",
    text: "The array's header is not one that NumPy writes, or the archive holds something that is no array.",
  },
  {
    code: "data/npy-dtype",
    text: "The array has a type that is not read: complex numbers, dates, records. Numbers of any size, booleans and texts are.",
  },
  {
    code: "data/no-array",
    text: 'A file of arrays, `tensor("graph.npz", "adjacency")`, has none of that name, or several of which none is named. A .npy file is\none array without a name: `tensor("adjacency.npy")`.',
  },
  {
    code: "data/npy-object",
    text: "The array holds Python objects. Reading them would run code, so they are refused: save plain numbers.",
  },
  {
    code: "data/npy-size",
    text: "The array has more or fewer bytes than its shape says.",
  },
  {
    code: "data/bad-length",
    text: "The array that says how long sequences are (`length`, or `NAME_length` for the array NAME) has a number that is no length:\neach is from 1 to the number of steps that the sequences are padded to.",
  },
  {
    code: "data/npz-scalar",
    text: "Every array of an archive has an axis of examples first; this one is a single number.",
  },
  {
    code: "data/scales-differ",
    text: "One number of an example varies a hundred times as much as another. A network with random weights sees almost only\nthe largest, and trains badly. `normalize` in the body of the declaration gives each mean 0 and deviation 1, and the\nmodel is given later rows in the same way.",
  },
  {
    code: "data/scaled-by-row",
    text: "A warning: the body of a declaration works on one example. A figure of a field of a table, such as `max(x)` or `mean(x)`, is one\nof the columns of that row; of a field of one number it is the number itself, and `y / max(y)` is always 1. `normalize(y)` scales by\nmean and deviation over all rows; the mean alone is written `mean(y, over=data)`.",
  },
  {
    code: "data/unread-weight",
    text: 'A warning: `balance="weights"` and `weight="COLUMN"` make a field `weight`, which says how much each example counts. It counts where a\nloss is multiplied by it: `loss weight * cross_entropy(net(x), label)`.',
  },
  {
    code: "data/constant-column",
    text: "All examples that train have the same value in this column, so a model learns nothing from it. Where a later row has another\nvalue, no example says what follows from it. Leave the column out, or hold other rows out so that it varies in those that train.",
  },
];
