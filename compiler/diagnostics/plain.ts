// Text of a program or of data, as it may be shown. Out: text without what a terminal or a page would obey.
// Invariant: as many UTF-16 units as before, so that columns stay; line ends and tabs stay.

/** Control characters move the cursor, colour or rename a terminal; the others turn the direction of all that follows. */
const OBEYED = /(?![\n\t]|\r\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

export const plainText = (text: string): string => text.replace(OBEYED, "\ufffd");
