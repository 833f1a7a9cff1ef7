// Texts of the data, such as names of classes, as literals that end nothing and begin nothing.

/** A text of JavaScript and TypeScript that may stand in a script of a page, too. */
export const literal = (value: string): string =>
  JSON.stringify(value).replace(
    /[<\u2028\u2029\u007f-\u009f]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
