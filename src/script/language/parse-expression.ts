import type { Expression, StructureField } from "./tree.ts";
import type { TokenStream } from "./token-stream.ts";

/** An argument or a result of a call: C's words, and `...` for what is left to the interpreter. */
export function parseExpression(stream: TokenStream): Expression {
  const first = parseOne(stream);
  if (!stream.sees("symbol", "|")) return first;
  const parts = [first];
  while (stream.take("symbol", "|") !== undefined) parts.push(parseOne(stream));
  return { kind: "or", parts };
}

function parseOne(stream: TokenStream): Expression {
  if (stream.take("ellipsis") !== undefined) return { kind: "ellipsis" };
  const number = stream.take("integer") ?? stream.take("float");
  if (number !== undefined) return { kind: "number", value: Number(number.text) };
  if (stream.sees("string")) return parseString(stream);
  if (stream.take("symbol", "[") !== undefined) return { kind: "list", items: parseItems(stream, "]") };
  if (stream.take("symbol", "{") !== undefined) return parseBraces(stream);
  const word = stream.need("word", undefined, "a value");
  if (stream.take("symbol", "(") !== undefined) {
    const argument = parseExpression(stream);
    stream.need("symbol", ")");
    return { kind: "function", name: word.text, argument };
  }
  if (stream.take("symbol", "=") !== undefined) {
    return { kind: "assignment", name: word.text, value: parseExpression(stream) };
  }
  return { kind: "name", name: word.text };
}

/** Strings in a row are one. */
function parseString(stream: TokenStream): Expression {
  let text = "";
  for (let token = stream.take("string"); token !== undefined; token = stream.take("string")) {
    text += unescape(token.text);
  }
  return { kind: "string", text, open: stream.take("ellipsis") !== undefined };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", 0: "\0" };

/** C's escapes: one character stands for one byte. */
function unescape(text: string): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]{2}|[^])/g, (_, what: string) =>
    what.length === 3 ? String.fromCharCode(Number(`0${what}`)) : (ESCAPES[what] ?? what),
  );
}

/** Expressions with commas between, up to what closes them. */
export function parseItems(stream: TokenStream, closing: string): Expression[] {
  const items: Expression[] = [];
  while (stream.take("symbol", closing) === undefined) {
    if (items.length > 0) stream.need("symbol", ",", `"," or "${closing}"`);
    items.push(parseExpression(stream));
  }
  return items;
}

/** `{a=1, b(2)=...}` is a structure with names, `{..., 10}` one without. */
function parseBraces(stream: TokenStream): Expression {
  const named = stream.sees("word") && (stream.sees("symbol", "=", 1) || stream.sees("symbol", "(", 1));
  if (!named) return { kind: "tuple", items: parseItems(stream, "}") };
  const fields: StructureField[] = [];
  while (stream.take("symbol", "}") === undefined) {
    if (fields.length > 0) stream.need("symbol", ",", '"," or "}"');
    fields.push(parseField(stream));
  }
  return { kind: "structure", fields };
}

function parseField(stream: TokenStream): StructureField {
  const { text: name } = stream.need("word", undefined, "a field's name");
  let count: Expression | undefined;
  if (stream.take("symbol", "(") !== undefined) {
    count = parseExpression(stream);
    stream.need("symbol", ")");
  }
  stream.need("symbol", "=");
  return { name, count, value: parseExpression(stream) };
}
