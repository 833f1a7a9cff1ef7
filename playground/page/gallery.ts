// The menu of examples: those of the repository that need no files, under the headings of its gallery. In: their names; a text is fetched
// from beside the page when it is chosen. Out: the text.

import { find, make } from "./dom.ts";

/** Put in place when the page is built. */
declare const DNN_EXAMPLES: readonly { readonly group: string; readonly names: readonly string[] }[];
/** The first text of the editor: an example's name and text. */
declare const DNN_FIRST: { readonly name: string; readonly text: string };

const OWN = "";

export const firstText = (): string => DNN_FIRST.text;

export function startGallery(
  choose: (text: string) => void,
  failed: (message: string) => void,
): { readonly own: () => void } {
  const menu = find<HTMLSelectElement>("gallery");
  menu.append(make("option", { value: OWN }, "your own program"));
  for (const { group, names } of DNN_EXAMPLES) {
    const options = names.map((name) => make("option", { value: name }, name.replaceAll("_", " ")));
    menu.append(make("optgroup", { label: group }, ...options));
  }
  menu.value = DNN_FIRST.name;
  menu.addEventListener("change", async () => {
    const { value } = menu;
    if (value === OWN) return;
    const text = await textOf(value).catch(() => undefined);
    // Another one may have been chosen in the meantime.
    if (menu.value !== value) return;
    if (text === undefined) failed(`The example ${value} cannot be loaded.`);
    else choose(text);
  });
  return {
    own: () => {
      menu.value = OWN;
    },
  };
}

async function textOf(name: string): Promise<string | undefined> {
  if (name === DNN_FIRST.name) return DNN_FIRST.text;
  const response = await fetch(new URL(`${name}.dnn`, import.meta.url));
  return response.ok ? response.text() : undefined;
}
