/**
 * Domain names: RFC 1035 §3.1. Here they are text in the form of zone files, without the last dot: "example.com", and
 * "." for the root. A dot or a backslash within a label has a backslash before it, and a byte that is not printable
 * ASCII is a backslash and three decimal digits, so that text and bytes say the same.
 */

/** Bytes of a label, and of a whole name with its lengths: RFC 1035 §2.3.4. */
export const MAX_LABEL_BYTES = 63;
export const MAX_NAME_BYTES = 255;
/** Pointers that are followed in one name: as many as a name can have labels, so that no message costs more. */
export const MAX_NAME_POINTERS = 127;

/** The two highest bits of a length that make it a pointer: RFC 1035 §4.1.4. */
export const POINTER_BITS = 0xc0;

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x21;
const LAST_PRINTABLE = 0x7e;
const SPACE = 0x20;

/** The text of one label. */
export function labelText(view: DataView, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = view.getUint8(at);
    if (byte === DOT || byte === BACKSLASH) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}

/** The bytes of a name's labels, without the root's; undefined for text that is not a name. */
export function nameLabels(text: string): Uint8Array[] | undefined {
  if (text === "." || text === "") return [];
  const labels: Uint8Array[] = [];
  const label: number[] = [];
  let total = 1;
  let at = 0;
  for (;;) {
    const atDot = at < text.length && text.charCodeAt(at) === DOT;
    if (atDot || at === text.length) {
      if (label.length === 0) return undefined;
      total += label.length + 1;
      if (total > MAX_NAME_BYTES) return undefined;
      labels.push(Uint8Array.from(label));
      label.length = 0;
      // One dot at the end is the root's.
      if (!atDot || at === text.length - 1) return labels;
      at++;
      continue;
    }
    const escaped = text.charCodeAt(at) === BACKSLASH;
    const byte = escaped ? escapedByte(text, at) : plainByte(text, at);
    if (byte < 0 || label.length === MAX_LABEL_BYTES) return undefined;
    label.push(byte);
    at += escaped ? escapeLength(text, at) : 1;
  }
}

function plainByte(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= SPACE && code <= LAST_PRINTABLE ? code : -1;
}

const THREE_DIGITS = /^[0-2][0-9]{2}$/;

function isNumeric(text: string, at: number): boolean {
  return THREE_DIGITS.test(text.slice(at + 1, at + 4));
}

function escapeLength(text: string, at: number): number {
  return isNumeric(text, at) ? 4 : 2;
}

/** The byte that the escape at `at` stands for; -1 for none. */
function escapedByte(text: string, at: number): number {
  if (isNumeric(text, at)) {
    const byte = Number(text.slice(at + 1, at + 4));
    return byte > 0xff ? -1 : byte;
  }
  const code = text.charCodeAt(at + 1);
  const isDigit = code >= 0x30 && code <= 0x39;
  return code >= FIRST_PRINTABLE && code <= LAST_PRINTABLE && !isDigit ? code : -1;
}

/** Whether two names are one: letters of ASCII are compared without case (RFC 4343). */
export function sameName(one: string, other: string): boolean {
  return canonicalName(one) === canonicalName(other);
}

/** The name as a key: in lower case, without the root's dot. */
export function canonicalName(text: string): string {
  const lower = text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (lower === "" || lower === ".") return ".";
  return lower.endsWith(".") && !lower.endsWith("\\.") ? lower.slice(0, -1) : lower;
}
