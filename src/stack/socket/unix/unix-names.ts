import type { UnixSocket } from "./unix-socket.ts";

/** Where the path begins in a `struct sockaddr_un`. */
const PATH = 2;
/** The names that `bind` makes by itself: five hexadecimal digits in the abstract namespace, unix(7). */
const AUTOBIND_NAMES = 0x100000;

/** The text of a name, a character a byte: the bytes of a path up to its NUL, or all of an abstract name. */
export function nameOf(address: Uint8Array): string {
  const path = address.subarray(PATH);
  const nul = path.indexOf(0);
  const bytes = nul > 0 ? path.subarray(0, nul) : path;
  return String.fromCharCode(...bytes);
}

/** The names of a stack's Unix sockets: paths, which outlive their socket, and the abstract namespace. */
export class UnixNames {
  /** Undefined behind a path whose socket has closed. */
  readonly #sockets: Map<string, UnixSocket | undefined> = new Map();
  #nextAutobind = 0;

  has(name: string): boolean {
    return this.#sockets.has(name);
  }

  find(name: string): UnixSocket | undefined {
    return this.#sockets.get(name);
  }

  add(name: string, socket: UnixSocket): void {
    this.#sockets.set(name, socket);
  }

  /** The socket has closed. A path stays, an abstract name does not. */
  closed(name: string): void {
    if (name.startsWith("\0")) this.#sockets.delete(name);
    else if (this.#sockets.has(name)) this.#sockets.set(name, undefined);
  }

  /** Removes a path, unlink(2): true when it was there. The socket behind it goes on without a name. */
  unlink(name: string): boolean {
    return !name.startsWith("\0") && this.#sockets.delete(name);
  }

  /** An abstract name that nobody has; undefined when there is none left. */
  autobind(): string | undefined {
    for (let tried = 0; tried < AUTOBIND_NAMES; tried += 1) {
      const name = `\0${this.#nextAutobind.toString(16).padStart(5, "0")}`;
      this.#nextAutobind = (this.#nextAutobind + 1) % AUTOBIND_NAMES;
      if (!this.#sockets.has(name)) return name;
    }
    return undefined;
  }
}
