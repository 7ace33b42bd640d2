import { ScriptFault } from "./fault.ts";

/** The kinds of token. A symbol is one character that is none of the others. */
export type TokenKind = "word" | "integer" | "float" | "string" | "command" | "code" | "option" | "ellipsis" | "symbol";

export interface Token {
  readonly kind: TokenKind;
  /** The text: of a string, a command or code without what encloses it, of an option without its dashes. */
  readonly text: string;
  readonly line: number;
  /** Where it begins and ends in the source. */
  readonly start: number;
  readonly end: number;
}

/** What is tried at each place, in this order. */
const PATTERNS: readonly (readonly [TokenKind | "space", RegExp])[] = [
  ["space", /[ \t\r\n]+|\/\/[^\n]*|\/\*[^]*?\*\//y],
  ["code", /%\{[^]*?\}%/y],
  ["command", /`(?:\\[^]|[^`\\])*`/y],
  ["string", /"(?:\\[^]|[^"\\])*"/y],
  ["option", /--[A-Za-z_][A-Za-z0-9_]*(?:=(?:"[^"\n]*"|[^\s"`]+(?:"[^"\n]*"|`[^`]*`)?))?/y],
  ["ellipsis", /\.\.\./y],
  ["float", /-?[0-9]*\.[0-9]+/y],
  ["integer", /0[xX][0-9a-fA-F]+(?![A-Za-z0-9_])|-?[0-9]+(?![A-Za-z0-9_])/y],
  ["word", /[A-Za-z0-9_]+/y],
  ["symbol", /[^]/y],
];

/** How many characters enclose a token's text before and behind. */
const ENCLOSED: Partial<Record<TokenKind, readonly [number, number]>> = {
  code: [2, 2],
  command: [1, 1],
  string: [1, 1],
  option: [2, 0],
};

/** Cuts a script into its tokens; a word that is defined stands for the tokens of its definition. */
export function tokens(source: string, file: string, defines: ReadonlyMap<string, string>): Token[] {
  const found: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length) {
    const [kind, text] = tokenAt(source, at);
    if (kind === "symbol" && (text === '"' || text === "`")) {
      throw new ScriptFault({ file, line }, `${text} is not closed`);
    }
    if (kind !== "space") {
      const [before, behind] = ENCLOSED[kind] ?? [0, 0];
      const inner = text.slice(before, text.length - behind);
      const token: Token = { kind, text: inner, line, start: at, end: at + text.length };
      const defined = kind === "word" ? defines.get(inner) : undefined;
      if (defined === undefined) found.push(token);
      else for (const one of tokens(defined, file, NONE)) found.push({ ...one, line, start: at, end: token.end });
    }
    for (const character of text) if (character === "\n") line += 1;
    at += text.length;
  }
  return found;
}

const NONE: ReadonlyMap<string, string> = new Map();

function tokenAt(source: string, at: number): readonly [TokenKind | "space", string] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const [text] = pattern.exec(source) ?? [];
    if (text !== undefined) return [kind, text];
  }
  return ["symbol", source.charAt(at)];
}
