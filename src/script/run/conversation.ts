import type { TcpOption } from "../language/tree.ts";

/**
 * Two ports that packets go between. A script counts the kernel's sequence numbers from the one that it gives its SYN,
 * and its timestamps from any; the remote end's numbers are what the script says.
 */
export class Conversation {
  readonly protocol: "tcp" | "udp";
  localPort: number;
  remotePort: number;
  /** The number of the remote end's SYN: its first byte comes behind it. */
  remoteIsn = 0;
  /** The number that the script gives the kernel's SYN. */
  localIsn = 0;
  /** What is added to a script's number to make the kernel's. */
  #offset = 0;
  /** The kernel's timestamps by those of the script, and the last of both. */
  readonly #timestamps = new Map<number, number>();
  #lastTimestamp: readonly [script: number, live: number] | undefined;

  constructor(protocol: "tcp" | "udp", localPort: number, remotePort: number) {
    this.protocol = protocol;
    this.localPort = localPort;
    this.remotePort = remotePort;
  }

  /** The kernel's SYN was seen: its number is the script's `script`. */
  synchronize(live: number, script: number): void {
    this.#offset = (live - script) >>> 0;
    this.localIsn = script;
  }

  /** A number of the kernel's sequence, as the kernel has it. */
  toLive(script: number): number {
    return (script + this.#offset) >>> 0;
  }

  /** The same as the script has it: negative for what is just before its beginning. */
  toScript(live: number): number {
    const number = (live - this.#offset) >>> 0;
    return number > 0xffff0000 ? number - 0x100000000 : number;
  }

  /** The kernel's timestamp stands for the script's. */
  rememberTimestamp(script: number, live: number): void {
    this.#timestamps.set(script, live);
    this.#lastTimestamp = [script, live];
  }

  /** The kernel's timestamp that the script means: the one that stood there, else counted from the last. */
  timestampToLive(script: number): number {
    const known = this.#timestamps.get(script);
    if (known !== undefined || this.#lastTimestamp === undefined) return known ?? script;
    const [lastScript, lastLive] = this.#lastTimestamp;
    return (lastLive + (script - lastScript)) >>> 0;
  }

  /** A timestamp of the kernel's, counted from the last that was remembered; undefined before the first. */
  timestampToScript(live: number): number | undefined {
    if (this.#lastTimestamp === undefined) return undefined;
    const [lastScript, lastLive] = this.#lastTimestamp;
    return lastScript + ((live - lastLive) | 0);
  }

  /** The options of a packet that comes in, as the kernel is to see them. */
  optionsToLive(options: readonly TcpOption[]): TcpOption[] {
    return options.map((option) => {
      if (option.kind === "TS") return { ...option, echo: this.timestampToLive(option.echo) };
      if (option.kind !== "sack") return option;
      const blocks = option.blocks.map(({ start, end }) => ({ start: this.toLive(start), end: this.toLive(end) }));
      return { kind: "sack", blocks };
    });
  }
}
