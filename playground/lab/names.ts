// The path that the program of the page has.

export const FILE = "program.dnn";
