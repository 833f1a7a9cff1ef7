// In: texts, one after the other. Out: the indices of their tokens, first in the order in which tokens are met, then, once it is
// known which texts train, of a vocabulary sorted by how often they have each token.
// Invariant: no text is kept; the vocabulary comes from the texts that train alone.

import type { Column } from "../dataset.ts";
import { checkNumbers } from "../source.ts";
import { numbersAt } from "../split.ts";
import type { TokenSettings } from "./settings.ts";
import { type TokenFacts, tokensOf, UNKNOWN } from "./tokenise.ts";
import { firstTokens } from "./tokenizerfile.ts";

export class Texts {
  /** Where each text ends among the indices. */
  readonly #ends: number[] = [];
  readonly #met = new Map<string, number>();
  readonly #settings: TokenSettings;
  readonly #what: string;
  #ids = new Int32Array(1024);
  #count = 0;
  /** How many texts are longer than what is kept of them. */
  longer = 0;

  /** `what` names the texts in errors. */
  constructor(settings: TokenSettings, what: string) {
    this.#settings = settings;
    this.#what = what;
  }

  /** How many tokens are kept of it. DataError `data/too-large`. */
  add(text: string): number {
    const { length } = this.#settings;
    const { tokenizer, kind, lowercase } = this.#settings;
    const tokens =
      tokenizer && text.trim() !== "" ? firstTokens(tokenizer, text, length) : tokensOf(text, { kind, lowercase });
    if (tokens.length > length) this.longer++;
    const kept = Math.min(tokens.length, length);
    checkNumbers(this.#what, this.#count + kept, { hint: "`length` keeps less of each text" });
    for (const token of tokens.slice(0, kept)) {
      this.#push(typeof token === "number" ? token : this.#indexOf(token));
    }
    this.#ends.push(this.#count);
    return kept;
  }

  #indexOf(token: string): number {
    const known = this.#met.get(token);
    if (known !== undefined) return known;
    this.#met.set(token, this.#met.size);
    return this.#met.size - 1;
  }

  #push(id: number): void {
    if (this.#count === this.#ids.length) {
      const more = new Int32Array(2 * this.#count);
      more.set(this.#ids);
      this.#ids = more;
    }
    this.#ids[this.#count++] = id;
  }

  #of(text: number): Int32Array {
    return this.#ids.subarray(text === 0 ? 0 : this.#ends[text - 1], this.#ends[text]);
  }

  /** Of one text, cut in two parts, the indices of its tokens, with a vocabulary of the first. */
  parts(cut: number): { readonly labels: readonly string[]; readonly ids: Int32Array } {
    const { labels, places } = this.#vocabulary([this.#ids.subarray(0, cut)]);
    return { labels, ids: numbersAt(this.#of(0), places) };
  }

  /** The texts in an order, the first `cut` of which train, as one field. */
  field(name: string, order: Int32Array, cut: number, from?: Pick<TokenFacts, "written" | "fills">): Column {
    const { labels, places } = this.#vocabulary(Array.from(order.subarray(0, cut), (text) => this.#of(text)));
    const lengths = order.map((text) => Math.max(1, this.#of(text).length));
    const steps = lengths.reduce((most, length) => Math.max(most, length), 1);
    checkNumbers(name, steps * order.length, { hint: "`length` keeps less of each text" });
    const values = new Int32Array(steps * order.length);
    order.forEach((text, row) => {
      const ids = this.#of(text);
      values.set(numbersAt(ids, places), row * steps);
    });
    const { kind, lowercase, tokenizer } = this.#settings;
    const tokens: TokenFacts = {
      kind,
      lowercase,
      ...(tokenizer ? { tokenizer: tokenizer.json } : {}),
      ...(from ? { ...from, name } : {}),
    };
    const note = this.#note(name, steps, labels.length);
    return { name, shape: [steps], classes: labels.length, labels, values, lengths, tokens, note };
  }

  /** The most frequent tokens of some texts, the first by code points among equals; and of each that was met its place there. */
  #vocabulary(train: readonly Int32Array[]): { labels: readonly string[]; places: Int32Array } {
    const { tokenizer } = this.#settings;
    if (tokenizer) return { labels: tokenizer.labels, places: Int32Array.from(tokenizer.labels, (_, id) => id) };
    const { vocabulary, minCount } = this.#settings;
    const counts = new Float64Array(this.#met.size);
    for (const ids of train) for (const id of ids) counts[id]!++;
    const met = Array.from(this.#met.keys(), (token, id) => ({ token, id, count: counts[id]! }));
    const frequent = met.filter(({ count }) => count >= minCount);
    frequent.sort((a, b) => b.count - a.count || (a.token < b.token ? -1 : 1));
    const chosen = frequent.slice(0, Math.max(0, vocabulary - 1));
    const places = new Int32Array(met.length);
    for (const [index, { id }] of chosen.entries()) places[id] = index + 1;
    return { labels: [UNKNOWN, ...chosen.map(({ token }) => token)], places };
  }

  #note(name: string, steps: number, size: number): string {
    const { kind, length } = this.#settings;
    const what = { word: "words", char: "characters", file: "tokens" }[kind];
    const cut =
      this.longer === 0
        ? ""
        : `; ${this.longer} of ${this.#ends.length} texts are longer than length=${length} and are cut off there`;
    return `${name} holds texts of up to ${steps} ${what} from a vocabulary of ${size}${cut}`;
  }
}
