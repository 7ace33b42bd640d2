import { ScriptFault, type Place } from "../language/fault.ts";
import { Conversation } from "./conversation.ts";
import type { Settings } from "./settings.ts";
import type { Target } from "./target.ts";

/** The first port of the remote end, where the script names none: RFC 6335 §6, dynamic ports. */
const FIRST_REMOTE_PORT = 49_200;

/** No process has so many descriptors: the interpreter's own are out of a script's reach. */
const NOT_OPEN = 0x7fffffff;

/** A packet that the kernel sent and no event has taken yet. */
export interface SeenPacket {
  readonly bytes: Uint8Array;
  readonly atUs: number;
}

/** Bytes of a stream that went each way through a descriptor. */
interface StreamPlace {
  written: number;
  read: number;
}

/** What a script has made so far: descriptors, conversations, packets that were seen. */
export class Session {
  readonly settings: Settings;
  readonly target: Target;
  readonly seen: SeenPacket[] = [];
  readonly conversations: Conversation[] = [];
  /** The one that packets without ports are of. */
  current: Conversation | undefined;
  /** The script's numbers of descriptors, and the kernel's. */
  readonly #descriptors = new Map<number, number>();
  readonly #streams = new Map<number, StreamPlace>();
  /** Descriptors of streams in the order in which they were opened: assertions are about the last. */
  readonly #connections: number[] = [];
  #remotePort = FIRST_REMOTE_PORT;
  /** Payload that goes out is the pattern: the script wrote no bytes of its own. */
  writesPattern = true;
  /** Bytes that are read are the pattern: no urgent byte was taken out of them. */
  readsPattern = true;

  constructor(settings: Settings, target: Target) {
    this.settings = settings;
    this.target = target;
  }

  open(script: number, live: number, isStream: boolean): void {
    this.#descriptors.set(script, live);
    this.#streams.set(live, { written: 0, read: 0 });
    if (isStream) this.#connections.push(live);
  }

  /** The kernel's number of a descriptor; for a number that the script has not opened, one that nobody has. */
  live(script: number): number {
    return this.#descriptors.get(script) ?? NOT_OPEN;
  }

  closed(script: number): void {
    const live = this.#descriptors.get(script);
    if (live === undefined) return;
    this.#descriptors.delete(script);
    const at = this.#connections.indexOf(live);
    if (at >= 0) this.#connections.splice(at, 1);
  }

  isStream(live: number): boolean {
    return this.#connections.includes(live);
  }

  /** The most bytes that were written to a stream. */
  get writtenBytes(): number {
    return Math.max(0, ...Array.from(this.#streams.values(), ({ written }) => written));
  }

  openDescriptors(): number[] {
    return [...this.#descriptors.values()];
  }

  place(live: number): StreamPlace {
    const known = this.#streams.get(live) ?? { written: 0, read: 0 };
    this.#streams.set(live, known);
    return known;
  }

  /** The connection that assertions are about. */
  connection(place: Place): number {
    const last = this.#connections.at(-1);
    if (last === undefined) throw new ScriptFault(place, "no socket is open that this could be about");
    return last;
  }

  /** The conversation of these ports, made when there is none; it is the current one from now on. */
  converse(protocol: "tcp" | "udp", localPort: number, remotePort: number): Conversation {
    let found = this.find(protocol, localPort, remotePort);
    if (found === undefined) {
      found = new Conversation(protocol, localPort, remotePort);
      this.conversations.push(found);
    }
    this.current = found;
    return found;
  }

  find(protocol: "tcp" | "udp", localPort: number, remotePort: number): Conversation | undefined {
    return this.conversations.find(
      (one) => one.protocol === protocol && one.localPort === localPort && one.remotePort === remotePort,
    );
  }

  /** The conversation that was last spoken of; before the first, the last that the kernel began. */
  get latest(): Conversation | undefined {
    return this.current ?? this.conversations.at(-1);
  }

  /**
   * The conversation of a packet that comes in without ports: the current one, the last that the kernel began, or a new
   * one with a listener.
   */
  incoming(protocol: "tcp" | "udp"): Conversation {
    if (this.current?.protocol === protocol) return this.current;
    const begun = this.conversations.findLast((one) => one.protocol === protocol);
    if (begun !== undefined) return this.converse(protocol, begun.localPort, begun.remotePort);
    return this.converse(protocol, this.settings.bindPort, this.#remotePort++);
  }
}
