const utf8 = new TextDecoder("utf-8", { fatal: true });
const SHORT: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" };

/** A byte in hexadecimal is as wide as four characters. */
const WIDTH_OF_HEX = 4;

/** Bytes as quoted text, `"hello\n"`; longer than the limit, `"hello"…`; what is not text as `"\x00\xff"`. */
export function dataText(data: Uint8Array, limit: number): string {
  const text = decoded(data.subarray(0, limit));
  const room = text === undefined ? Math.ceil(limit / WIDTH_OF_HEX) : limit;
  return `"${text ?? escaped(data.subarray(0, room))}"${data.length > room ? "…" : ""}`;
}

/** Undefined for what is not UTF-8, also where the cut went through a character. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes);
    if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.replaceAll(/[\t\n\r]/g, ""))) return undefined;
    return text.replaceAll(/[\t\n\r"\\]/g, (character) => SHORT[character.charCodeAt(0)] ?? character);
  } catch {
    return undefined;
  }
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if (SHORT[byte] !== undefined) return SHORT[byte];
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

/** All bytes of one buffer or several, one after the other; of them at most `bytes`. */
export function joined(data: Uint8Array | readonly Uint8Array[], bytes: number): Uint8Array {
  if (data instanceof Uint8Array) return data.subarray(0, bytes);
  const all = new Uint8Array(Math.min(bytes, lengthOf(data)));
  let at = 0;
  for (const part of data) {
    if (at >= all.length) break;
    all.set(part.subarray(0, all.length - at), at);
    at += part.length;
  }
  return all;
}

/** The bytes of one buffer or several. */
export function lengthOf(data: Uint8Array | readonly Uint8Array[]): number {
  return data instanceof Uint8Array ? data.length : data.reduce((sum, part) => sum + part.length, 0);
}
