// HTML of the language server's explanations with nothing in it but text and its form: a program's comments are part of it.

const KEPT = new Set([
  "P",
  "CODE",
  "PRE",
  "UL",
  "OL",
  "LI",
  "STRONG",
  "EM",
  "BR",
  "HR",
  "SPAN",
  "H1",
  "H2",
  "H3",
  "H4",
]);
const TABLES = new Set(["TABLE", "THEAD", "TBODY", "TR", "TH", "TD"]);

export function sanitize(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of [...page.body.querySelectorAll("*")]) {
    if (!KEPT.has(element.tagName) && !TABLES.has(element.tagName)) {
      element.replaceWith(element.textContent ?? "");
      continue;
    }
    for (const { name } of [...element.attributes]) if (name !== "class") element.removeAttribute(name);
  }
  return page.body.innerHTML;
}
