import { ScriptFault, type Place } from "../language/fault.ts";
import type { Operand } from "./expression.ts";

type Value = number | string | boolean;
/** The value of a name; undefined when it is not known. */
export type Names = (name: string) => number | undefined;

/** The names of Python's own. */
const CONSTANTS: Readonly<Record<string, Value>> = { True: true, False: false };

/** What an expression is, as Python has it: `/` divides whole, `//` rounds down, `%` has the sign of its right side. */
export function evaluate(operand: Operand, names: Names, place: Place): Value {
  const of = (one: Operand): Value => evaluate(one, names, place);
  const number = (one: Operand): number => {
    const value = of(one);
    if (typeof value === "string") throw new ScriptFault(place, `"${value}" is no number`);
    return Number(value);
  };
  switch (operand.kind) {
    case "number":
      return operand.value;
    case "text":
      return operand.text;
    case "name": {
      const value = CONSTANTS[operand.name] ?? names(operand.name);
      if (value === undefined) throw new ScriptFault(place, `the name ${operand.name} is not known here`);
      return value;
    }
    case "unary":
      return unary(operand.operator, operand.operator === "not" ? of(operand.of) : number(operand.of));
    case "choice":
      return isTrue(of(operand.condition)) ? of(operand.yes) : of(operand.no);
    case "call":
      return call(operand.name, operand.args.map(number), place);
    case "comparison": {
      let left = of(operand.first);
      for (const { operator, operand: next } of operand.rest) {
        const right = of(next);
        if (!compare(operator, left, right)) return false;
        left = right;
      }
      return true;
    }
    case "binary": {
      // `and` and `or` give one of their sides, and look at the second only when they must.
      if (operand.operator === "and" || operand.operator === "or") {
        const left = of(operand.left);
        return isTrue(left) === (operand.operator === "or") ? left : of(operand.right);
      }
      return arithmetic(operand.operator, number(operand.left), number(operand.right), place);
    }
  }
}

export function isTrue(value: Value): boolean {
  return typeof value === "string" ? value !== "" : Boolean(value);
}

function unary(operator: string, value: Value): Value {
  if (operator === "not") return !isTrue(value);
  if (operator === "-") return -Number(value);
  return operator === "~" ? -Number(value) - 1 : Number(value);
}

function compare(operator: string, left: Value, right: Value): boolean {
  const [a, b] = [left, right].map((value) => (typeof value === "boolean" ? Number(value) : value)) as [Value, Value];
  switch (operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

function arithmetic(operator: string, left: number, right: number, place: Place): number {
  if (right === 0 && ["/", "//", "%"].includes(operator)) throw new ScriptFault(place, "a division by zero");
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "**":
      return left ** right;
    case "/":
      return left / right;
    case "//":
      return Math.floor(left / right);
    case "%":
      return left - right * Math.floor(left / right);
    default:
      return bitwise(operator, BigInt(Math.trunc(left)), BigInt(Math.trunc(right)));
  }
}

function bitwise(operator: string, left: bigint, right: bigint): number {
  if (operator === "&") return Number(left & right);
  if (operator === "|") return Number(left | right);
  if (operator === "^") return Number(left ^ right);
  return Number(operator === "<<" ? left << right : left >> right);
}

function call(name: string, args: readonly number[], place: Place): number {
  if (name === "abs" && args.length === 1) return Math.abs(args[0] ?? 0);
  if (name === "int" && args.length === 1) return Math.trunc(args[0] ?? 0);
  if (name === "min" && args.length > 0) return Math.min(...args);
  if (name === "max" && args.length > 0) return Math.max(...args);
  throw new ScriptFault(place, `there is no function ${name} of ${args.length} arguments (abs, int, min, max)`);
}

/** The names that an expression looks at, in order, each once. */
export function namesIn(operand: Operand): string[] {
  return [...new Set(collect(operand))];
}

function collect(operand: Operand): string[] {
  switch (operand.kind) {
    case "name":
      return [operand.name];
    case "unary":
      return collect(operand.of);
    case "binary":
      return [...collect(operand.left), ...collect(operand.right)];
    case "choice":
      return [operand.condition, operand.yes, operand.no].flatMap(collect);
    case "comparison":
      return [operand.first, ...operand.rest.map((one) => one.operand)].flatMap(collect);
    case "call":
      return operand.args.flatMap(collect);
    default:
      return [];
  }
}
