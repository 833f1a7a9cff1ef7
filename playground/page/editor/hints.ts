// Hints that stand in a page in place of those of the command line: a page has neither folders nor flags.

const HERE = "drop it on this page, or take it with the button Your data";

/** A message with its hint at the end, or a hint alone. */
export function hintHere(code: string | undefined, text: string): string {
  if (code === "data/file-not-found" || code === "data/folder-not-found")
    return text.includes("hint: ") ? text.replace(/hint: .*$/s, `hint: ${HERE}`) : HERE;
  return text
    .replace(/`?--set (\w+)=([^\s`,)]+)`?/g, "`$1 $2` in the training")
    .replace(/(?:it runs? on the processor: )?--device cpu(?: runs everywhere)?/g, "choose the device Processor");
}
