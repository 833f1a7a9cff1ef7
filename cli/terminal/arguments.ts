// Arguments of the command line as numbers and lists; what cannot be meant is a usage error.

import { InvalidArgumentError } from "commander";

export function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    const upTo = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
    throw new InvalidArgumentError(`a whole number from ${least}${upTo} is needed.`);
  };
}

export function amount(above: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value > above) return value;
    throw new InvalidArgumentError(`a number above ${above} is needed.`);
  };
}

export function amountFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`a number from ${least} is needed.`);
  };
}

export const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];
