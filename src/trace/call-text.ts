import { callShapes, type CallShape } from "./call-shapes.ts";

/** The arguments of a call, as C writes them; what is left out has no text. `limit` is how much of data is shown. */
export function argumentTexts(shape: CallShape, values: readonly unknown[], limit: number): string[] {
  return shape.arguments.flatMap((text, index) => told(() => text(values[index], values, limit)) ?? []);
}

/** What a call gave: `18`, `5 "hello"`; it needs the arguments, since data is in them. */
export function returnedText(shape: CallShape, result: unknown, values: readonly unknown[], limit: number): string {
  return told(() => shape.result(result as never, values, limit)) ?? "?";
}

/** The code of what a call was refused with: "ECONNREFUSED"; of what is no system error, its name. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/** A call and its arguments: `recv(3, buffer[1024])`. */
export function callBegunText(name: string, values: readonly unknown[], limit: number): string {
  const shape = callShapes.get(name);
  const texts = shape === undefined ? values.map((value) => shortText(value)) : argumentTexts(shape, values, limit);
  return `${name}(${texts.join(", ")})`;
}

/** What came of it: `= 5 "hello"`, `= -1 ECONNREFUSED`. */
export function callEndedText(
  name: string,
  values: readonly unknown[],
  result: unknown,
  error: unknown,
  limit: number,
): string {
  if (error !== undefined) return `= -1 ${failureText(error)}`;
  const shape = callShapes.get(name);
  return `= ${shape === undefined ? shortText(result) : returnedText(shape, result, values, limit)}`;
}

/** Of a call without a shape: sleep's milliseconds, a flow's descriptor. */
function shortText(value: unknown): string {
  if (value === undefined) return "0";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "…";
}

/** Values that cannot be read are the call's to refuse: telling of it must not fail. */
function told(text: () => string | undefined): string | undefined {
  try {
    return text();
  } catch {
    return "?";
  }
}
