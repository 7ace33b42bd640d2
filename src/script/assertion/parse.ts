import { ScriptFault, type Place } from "../language/fault.ts";
import type { Assertion, Compared, Operand } from "./expression.ts";

const NUMBER = /0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/;
const STRING = /"[^"\n]*"|'[^'\n]*'/;
const OPERATOR = /\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%&|^~<>(),]/;
const TOKEN = new RegExp(`\\s*(${[NUMBER, WORD, STRING, OPERATOR].map(({ source }) => source).join("|")})`, "y");

/** Operators of two sides from the weakest to the strongest, as Python ranks them. */
const RANKS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["not"],
  ["compare"],
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%"],
];
const NOT = 2;
const COMPARE = 3;
const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** Reads the statements between `%{` and `}%`: assertions, one a line or with `;` between. Another is a fault. */
export function parseAssertions(code: string, place: Place): Assertion[] {
  return statements(code).map((statement) => new Parser(statement, place).assertion());
}

/** Lines and what `;` separates; a line goes on while a parenthesis is open or it ends in a backslash. */
function statements(code: string): string[] {
  const found: string[] = [];
  let open = 0;
  let current = "";
  for (const piece of code.replaceAll(/\\\n/g, " ").match(/"[^"\n]*"|'[^'\n]*'|#[^\n]*|[^]/g) ?? []) {
    if (piece.startsWith("#")) continue;
    if (piece === "(") open += 1;
    if (piece === ")") open -= 1;
    if ((piece === "\n" || piece === ";") && open === 0) {
      found.push(current);
      current = "";
    } else current += piece;
  }
  return [...found, current].map((statement) => statement.trim()).filter((statement) => statement !== "");
}

class Parser {
  readonly #text: string;
  readonly #place: Place;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string, place: Place) {
    this.#text = text;
    this.#place = place;
    this.#tokens = this.#cut();
  }

  #cut(): string[] {
    const found: string[] = [];
    for (let at = 0; at < this.#text.trimEnd().length;) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(this.#text);
      if (match === null) throw this.#fault(`"${this.#text.slice(at).trim().charAt(0)}" is not understood`);
      if (match[1] !== undefined) found.push(match[1]);
      at = TOKEN.lastIndex;
    }
    return found;
  }

  assertion(): Assertion {
    if (!this.#take("assert")) throw this.#fault("only assertions are understood: assert tcpi_snd_cwnd == 10");
    const condition = this.#choice();
    const message = this.#take(",") ? this.#choice() : undefined;
    if (this.#at < this.#tokens.length) throw this.#fault(`"${this.#tokens[this.#at]}" is not expected`);
    return { text: this.#text.replace(/^assert\s+/, ""), condition, message };
  }

  #fault(what: string): ScriptFault {
    return new ScriptFault(this.#place, `%{ ${this.#text} }%: ${what}`);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #need(token: string): void {
    if (!this.#take(token)) throw this.#fault(`expected "${token}"`);
  }

  /** `a if condition else b` */
  #choice(): Operand {
    const yes = this.#ranked(0);
    if (!this.#take("if")) return yes;
    const condition = this.#ranked(0);
    this.#need("else");
    return { kind: "choice", condition, yes, no: this.#choice() };
  }

  #ranked(rank: number): Operand {
    if (rank === RANKS.length) return this.#unary();
    if (rank === NOT) {
      return this.#take("not") ? { kind: "unary", operator: "not", of: this.#ranked(NOT) } : this.#ranked(COMPARE);
    }
    if (rank === COMPARE) return this.#comparison();
    let left = this.#ranked(rank + 1);
    for (;;) {
      const operator = RANKS[rank]?.find((one) => this.#take(one));
      if (operator === undefined) return left;
      left = { kind: "binary", operator, left, right: this.#ranked(rank + 1) };
    }
  }

  #comparison(): Operand {
    const first = this.#ranked(COMPARE + 1);
    const rest: Compared[] = [];
    for (
      let operator = this.#tokens[this.#at] ?? "";
      COMPARISONS.has(operator);
      operator = this.#tokens[this.#at] ?? ""
    ) {
      this.#at += 1;
      rest.push({ operator, operand: this.#ranked(COMPARE + 1) });
    }
    return rest.length === 0 ? first : { kind: "comparison", first, rest };
  }

  #unary(): Operand {
    for (const operator of ["-", "+", "~"]) {
      if (this.#take(operator)) return { kind: "unary", operator, of: this.#unary() };
    }
    const base = this.#atom();
    return this.#take("**") ? { kind: "binary", operator: "**", left: base, right: this.#unary() } : base;
  }

  #atom(): Operand {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#fault("something is missing at the end");
    if (token === "(") {
      const inner = this.#choice();
      this.#need(")");
      return inner;
    }
    if (/^[0-9.]/.test(token)) return { kind: "number", value: Number(token) };
    if (/^["']/.test(token)) return { kind: "text", text: token.slice(1, -1) };
    if (!/^[A-Za-z_]/.test(token)) throw this.#fault(`"${token}" is not expected`);
    return this.#take("(") ? { kind: "call", name: token, args: this.#arguments() } : { kind: "name", name: token };
  }

  #arguments(): Operand[] {
    const args: Operand[] = [];
    while (!this.#take(")")) {
      if (args.length > 0) this.#need(",");
      args.push(this.#choice());
    }
    return args;
  }
}
