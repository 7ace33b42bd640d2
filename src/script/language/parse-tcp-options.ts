import type { SackBlock, TcpOption } from "./tree.ts";
import type { TokenStream } from "./token-stream.ts";

/** `<mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>`; none at all without it; undefined for `<...>`. */
export function parseTcpOptions(stream: TokenStream): readonly TcpOption[] | undefined {
  // What follows may be the next event's time, which never begins with "<".
  if (stream.take("symbol", "<") === undefined) return [];
  if (stream.take("ellipsis") !== undefined) {
    stream.need("symbol", ">");
    return undefined;
  }
  const options: TcpOption[] = [];
  do options.push(parseTcpOption(stream));
  while (stream.take("symbol", ",") !== undefined);
  stream.need("symbol", ">", '"," or ">"');
  return options;
}

function parseTcpOption(stream: TokenStream): TcpOption {
  const { text } = stream.need("word", undefined, "an option of TCP");
  switch (text) {
    case "nop":
    case "eol":
    case "sackOK":
      return { kind: text };
    case "mss":
    case "wscale":
      return { kind: text, value: stream.integer(`the number of ${text}`) };
    case "sack":
      return { kind: "sack", blocks: parseBlocks(stream) };
    case "TS":
      return parseTimestamps(stream);
    case "FO":
    case "FOEXP":
    case "md5":
      return { kind: text, bytes: parseHex(stream) };
    default:
      throw stream.fault(
        `"${text}" is no option of TCP that is there (mss wscale sackOK sack TS nop eol FO FOEXP md5)`,
      );
  }
}

function parseBlocks(stream: TokenStream): SackBlock[] {
  const blocks: SackBlock[] = [];
  while (stream.sees("integer")) {
    const start = stream.integer("a block");
    stream.need("symbol", ":");
    blocks.push({ start, end: stream.integer("where the block ends") });
  }
  if (blocks.length === 0) throw stream.fault("expected a block, such as 1001:2001");
  return blocks;
}

function parseTimestamps(stream: TokenStream): TcpOption {
  stream.need("word", "val");
  const value = stream.integer("the timestamp");
  stream.need("word", "ecr");
  return { kind: "TS", value, echo: stream.integer("the timestamp echo") };
}

/** Bytes in hexadecimal; none for a request. */
function parseHex(stream: TokenStream): Uint8Array {
  const text = (stream.take("word") ?? stream.take("integer"))?.text ?? "";
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw stream.fault(`"${text}" is not bytes in hexadecimal`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number(`0x${pair}`));
}
