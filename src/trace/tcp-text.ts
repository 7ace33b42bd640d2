import type { TcpHeader } from "../wire/tcp-header.ts";

/** Flags by their bits, from the lowest, in packet scripts' letters; and the order in which they are written. */
const LETTERS = "FSRP.UEWA";
const WRITTEN = "FSRPUEWA.";

/** TCP's flags: "S", "S.", "P."; "-" for none. */
export function tcpFlagsText(flags: number): string {
  const letters = Array.from(WRITTEN, (letter) => (flags & (1 << LETTERS.indexOf(letter)) ? letter : ""));
  return letters.join("") || "-";
}

/** TCP's options, as packet scripts write them. `base` is what sequence numbers of the other direction count from. */
export function tcpOptionsText(header: TcpHeader, base: number): string {
  const options: string[] = [];
  if (header.mss >= 0) options.push(`mss ${header.mss}`);
  if (header.sackPermitted) options.push("sackOK");
  if (header.hasTimestamps) options.push(`TS val ${header.timestampValue >>> 0} ecr ${header.timestampEcho >>> 0}`);
  if (header.windowScale >= 0) options.push(`wscale ${header.windowScale}`);
  const blocks: string[] = [];
  for (let i = 0; i < header.sackCount; i++) {
    const [left = 0, right = 0] = header.sack.subarray(2 * i, 2 * i + 2);
    blocks.push(`${(left - base) >>> 0}:${(right - base) >>> 0}`);
  }
  if (blocks.length > 0) options.push(`sack ${blocks.join(" ")}`);
  if (header.fastOpenBytes >= 0) options.push("FO");
  return options.join(",");
}
