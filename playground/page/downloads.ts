// The menu of what can be taken away: the program, the weights, the model as a module, the page of the run. Nothing is sent anywhere.

import { strToU8, zipSync } from "fflate";
import { button, find, make } from "./dom.ts";
import type { LabClient } from "./labclient.ts";

export interface DownloadSource {
  readonly lab: LabClient;
  readonly text: () => string;
  /** The name that files begin with. */
  readonly name: () => string;
  readonly failed: (error: unknown) => void;
}

export function startDownloads({ lab, text, name, failed }: DownloadSource): void {
  const place = find("downloads").querySelector("div")!;
  const item = (title: string, note: string, act: () => Promise<void>): void => {
    const made = button(title, async () => {
      find<HTMLDetailsElement>("downloads").open = false;
      await act().catch(failed);
    });
    made.append(make("small", {}, note));
    place.append(make("div", {}, made));
  };
  item("Program", "the text of the editor, .dnn", async () => save(`${name()}.dnn`, strToU8(text()), "text/plain"));
  item("Weights", "what dnn predict and load() read, .safetensors", async () =>
    save(`${name()}.safetensors`, await lab.ask("weights"), "application/octet-stream"),
  );
  item("Module", "the model as JavaScript without dependencies, .zip", async () => {
    const files = await lab.ask("module");
    save(`${name()}.zip`, zipSync({ ...files }, { level: 6 }), "application/zip");
  });
  item("Report", "curves, mistakes, layers, weights: one page, .html", async () =>
    save(`${name()}.html`, strToU8(await lab.ask("report")), "text/html"),
  );
  document.addEventListener("click", ({ target }) => {
    if (!find("downloads").contains(target as Node)) find<HTMLDetailsElement>("downloads").open = false;
  });
}

function save(name: string, bytes: Uint8Array, type: string): void {
  const address = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
  const link = make("a", { href: address, download: name }) as HTMLAnchorElement;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
