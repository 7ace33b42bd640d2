import { ScriptFault, type Place } from "./fault.ts";
import type { Token, TokenKind } from "./lexer.ts";

/** The tokens of a script, taken one by one. */
export class TokenStream {
  readonly #file: string;
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(file: string, source: string, tokens: readonly Token[]) {
    this.#file = file;
    this.#source = source;
    this.#tokens = tokens;
  }

  get place(): Place {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    return { file: this.#file, line: token?.line ?? 1 };
  }

  get ended(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The token `ahead` of the next. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** Whether the next token is of the kind, and of the text when one is given. */
  sees(kind: TokenKind, text?: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token !== undefined && token.kind === kind && (text === undefined || token.text === text);
  }

  /** Takes the next token when it is that one. */
  take(kind: TokenKind, text?: string): Token | undefined {
    return this.sees(kind, text) ? this.#tokens[this.#at++] : undefined;
  }

  /** Takes the next token, which must be that one. */
  need(kind: TokenKind, text?: string, what: string = text ?? `a ${kind}`): Token {
    const token = this.take(kind, text);
    if (token === undefined) throw this.fault(`expected ${what}`);
    return token;
  }

  /** A whole number. */
  integer(what: string): number {
    return Number(this.need("integer", undefined, what).text);
  }

  /** A fault at the next token, which it names. */
  fault(what: string): ScriptFault {
    const token = this.#tokens[this.#at];
    const found = token === undefined ? "the script's end" : `"${this.#source.slice(token.start, token.end)}"`;
    return new ScriptFault(this.place, `${what}, found ${found}`);
  }

  /** The source from the `from`th token on to the one before the next. */
  textFrom(from: Token): string {
    const last = this.#tokens[this.#at - 1] ?? from;
    return this.#source.slice(from.start, last.end);
  }
}
