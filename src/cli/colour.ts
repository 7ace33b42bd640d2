import type { WriteStream } from "node:tty";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

const CODES: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};

/** Text in a style, where that is seen; else the text. */
export type Paint = (style: Style, text: string) => string;

/** Colour is for people at a terminal who have not asked for none: no-color.org. */
export function paintFor(stream: NodeJS.WriteStream | WriteStream): Paint {
  const isSeen = stream.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
  return isSeen ? (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m` : (_style, text) => text;
}
