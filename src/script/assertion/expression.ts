/* The part of Python that assertions are written in: numbers, names, arithmetic, comparisons, and, or, not. */

export type Operand =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "unary"; readonly operator: string; readonly of: Operand }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Operand; readonly right: Operand }
  /** `a < b <= c` */
  | { readonly kind: "comparison"; readonly first: Operand; readonly rest: readonly Compared[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Operand[] }
  | { readonly kind: "choice"; readonly condition: Operand; readonly yes: Operand; readonly no: Operand };

export interface Compared {
  readonly operator: string;
  readonly operand: Operand;
}

/** `assert condition, message` */
export interface Assertion {
  /** The condition as it is written. */
  readonly text: string;
  readonly condition: Operand;
  readonly message: Operand | undefined;
}
