// Files of the user: dropped on the page, a folder of pictures among them, or chosen. In: what the browser gives. Out: bytes by paths. They
// stay in the page's memory and go nowhere.

import { find } from "./dom.ts";

export interface Taken {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** The path as a program names it: the file, or the folder. */
  readonly path: string;
}

/** Bytes that a page holds of them. */
const MOST = 512 * 2 ** 20;

export function startFiles(take: (taken: Taken) => void, failed: (message: string) => void): void {
  const input = find<HTMLInputElement>("file-input");
  find("files").addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const all = [...(input.files ?? [])].map((file) => [file.name, file] as const);
    input.value = "";
    await read(all, take, failed);
  });
  let depth = 0;
  const over = (by: number): void => {
    depth = Math.max(0, depth + by);
    document.body.classList.toggle("dropping", depth > 0);
  };
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
  addEventListener("dragenter", (event) => hasFiles(event) && over(1));
  addEventListener("dragleave", (event) => hasFiles(event) && over(-1));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  // Before the editor, which would take a file's text as typed.
  addEventListener(
    "drop",
    async (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      over(-depth);
      // Entries are gone as soon as the event is over, so they are taken at once.
      const dropped = [...(event.dataTransfer?.items ?? [])].map((i) => ({
        entry: i.webkitGetAsEntry(),
        file: i.getAsFile(),
      }));
      const found: (readonly [string, File])[] = [];
      for (const { entry, file } of dropped) {
        if (entry) found.push(...(await filesIn(entry)));
        else if (file) found.push([file.name, file]);
      }
      await read(found, take, failed);
    },
    { capture: true },
  );
}

async function filesIn(entry: FileSystemEntry): Promise<(readonly [string, File])[]> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [[path, file]];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: (readonly [string, File])[] = [];
  // A folder is read in parts, the last of which is empty.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return found;
    for (const each of part) found.push(...(await filesIn(each)));
  }
}

async function read(
  all: readonly (readonly [string, File])[],
  take: (taken: Taken) => void,
  failed: (message: string) => void,
): Promise<void> {
  const [first] = all;
  if (!first) return;
  if (all.reduce((sum, [, file]) => sum + file.size, 0) > MOST) {
    failed(
      "These files are larger than 512 MB, which is more than a page should hold: train on them with `dnn train`.",
    );
    return;
  }
  const files: Record<string, Uint8Array> = {};
  for (const [path, file] of all) files[path] = new Uint8Array(await file.arrayBuffer());
  const [path] = first;
  take({ files, path: path.includes("/") ? path.slice(0, path.indexOf("/")) : path });
}
