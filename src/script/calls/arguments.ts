import type { SocketAddress } from "../../api/address.ts";
import { AF_INET6 } from "../../api/constants.ts";
import { ScriptFault, type Place } from "../language/fault.ts";
import type { CallAction, Expression } from "../language/tree.ts";
import { symbol } from "../run/symbols.ts";

/** The value of a number, a name or several joined by `|`. */
export function numberOf(expression: Expression | undefined, place: Place): number {
  if (expression?.kind === "number") return expression.value;
  if (expression?.kind === "or") {
    let bits = 0;
    for (const part of expression.parts) {
      const value = numberOf(part, place);
      bits |= value;
    }
    return bits >>> 0;
  }
  if (expression?.kind === "function" && (expression.name === "htons" || expression.name === "htonl")) {
    return numberOf(expression.argument, place);
  }
  if (expression?.kind !== "name") throw new ScriptFault(place, "expected a number or a name");
  const value = symbol(expression.name);
  if (value === undefined) throw new ScriptFault(place, `the name ${expression.name} is not known`);
  return value;
}

/** The arguments of one call. Every fault is at its place. */
export class Arguments {
  readonly place: Place;
  readonly #call: CallAction;

  constructor(call: CallAction, place: Place) {
    this.#call = call;
    this.place = place;
  }

  /** Refuses another number of arguments. */
  count(least: number, most: number = least): void {
    const { length } = this.#call.args;
    if (length >= least && length <= most) return;
    const wanted = least === most ? String(least) : `${least} to ${most}`;
    throw this.fault(`${this.#call.name} takes ${wanted} arguments, not ${length}`);
  }

  fault(what: string): ScriptFault {
    return new ScriptFault(this.place, what);
  }

  at(index: number): Expression | undefined {
    return this.#call.args[index];
  }

  isLeft(index: number): boolean {
    return this.at(index)?.kind === "ellipsis";
  }

  number(index: number): number {
    return numberOf(this.at(index), this.place);
  }

  /** A list's items. */
  list(index: number): readonly Expression[] {
    const expression = this.at(index);
    if (expression?.kind !== "list") throw this.fault(`argument ${index + 1} of ${this.#call.name} is a list: [ … ]`);
    return expression.items;
  }

  /** The field of a structure; undefined when it is not there. */
  field(structure: Expression | undefined, ...names: readonly string[]): Expression | undefined {
    if (structure?.kind !== "structure") throw this.fault("expected a structure: { name=value, … }");
    return structure.fields.find(({ name }) => names.includes(name))?.value;
  }

  /**
   * An address: what stands for `...`, or `{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}`.
   */
  address(index: number, left: SocketAddress): SocketAddress {
    if (this.isLeft(index)) return left;
    const structure = this.at(index);
    const family = numberOf(this.field(structure, "sa_family", "sin_family", "sin6_family"), this.place);
    const port = numberOf(this.field(structure, "sin_port", "sin6_port"), this.place);
    const text = this.#addressText(this.field(structure, "sin_addr", "sin6_addr"));
    return (family === AF_INET6 ? { family, address: text, port } : { family, address: text, port }) as SocketAddress;
  }

  #addressText(expression: Expression | undefined): string {
    if (expression?.kind === "name" && expression.name === "INADDR_ANY") return "0.0.0.0";
    const text = expression?.kind === "function" ? expression.argument : expression;
    if (text?.kind !== "string") throw this.fault('expected inet_addr("…") or inet6_addr("…")');
    return text.text;
  }
}
