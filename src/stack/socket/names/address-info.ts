import type { SocketAddress } from "../../../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONIDN,
  AI_CANONNAME,
  AI_IDN,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  EAI_ADDRFAMILY,
  EAI_BADFLAGS,
  EAI_FAMILY,
  EAI_NONAME,
  EAI_SERVICE,
  EAI_SOCKTYPE,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../../../api/constants.ts";
import type { AddressInfo } from "../../../api/kernel.ts";
import type { AddressQuestionParts } from "../../../kernel/lookup.ts";
import { inet_aton, inet_ntoa } from "../../../netdb/inet-aton.ts";
import { inet_pton } from "../../../netdb/inet.ts";
import { getservbyname } from "../../../netdb/services.ts";
import { nameError } from "./resolver-errors.ts";

const KNOWN_FLAGS =
  AI_PASSIVE |
  AI_CANONNAME |
  AI_NUMERICHOST |
  AI_V4MAPPED |
  AI_ALL |
  AI_ADDRCONFIG |
  AI_IDN |
  AI_CANONIDN |
  AI_NUMERICSERV;

/** What getaddrinfo answers for, in its order: a type, its protocol, and the protocol that services(5) has it under. */
const KINDS = [
  { type: SOCK_STREAM, protocol: IPPROTO_TCP, name: "tcp" },
  { type: SOCK_DGRAM, protocol: IPPROTO_UDP, name: "udp" },
  { type: SOCK_RAW, protocol: IPPROTO_IP, name: undefined },
] as const;

interface Answer {
  readonly type: number;
  readonly protocol: number;
  readonly port: number;
}

/** What one getaddrinfo asks, its hints checked as glibc checks them. */
export class AddressQuestion {
  readonly node: string | null;
  readonly family: number;
  readonly flags: number;
  readonly text: string;
  readonly #answers: readonly Answer[];

  constructor(node: string | null, parts: AddressQuestionParts) {
    this.node = node;
    this.family = parts.family;
    this.flags = parts.flags;
    this.text = parts.text;
    if (node === null && parts.service === null) throw this.error(EAI_NONAME);
    if ((parts.flags & ~KNOWN_FLAGS) !== 0) throw this.error(EAI_BADFLAGS);
    if ((parts.flags & AI_CANONNAME) !== 0 && node === null) throw this.error(EAI_BADFLAGS);
    if (![AF_UNSPEC, AF_INET, AF_INET6].includes(parts.family)) throw this.error(EAI_FAMILY);
    this.#answers = this.#kindsAndPorts(parts);
  }

  error(number: number): Error {
    return nameError("getaddrinfo", number, this.text);
  }

  #kindsAndPorts({ type, protocol, service, flags }: AddressQuestionParts): Answer[] {
    const kinds = KINDS.filter(
      (kind) =>
        (type === 0 || kind.type === type) &&
        (protocol === 0 || kind.protocol === protocol || (kind.type === SOCK_RAW && type === SOCK_RAW)),
    );
    if (kinds.length === 0) throw this.error(EAI_SOCKTYPE);
    const number = service === null ? 0 : portNumber(service);
    const made = ({ type, protocol: usual }: (typeof KINDS)[number], port: number): Answer => ({
      type,
      protocol: type === SOCK_RAW ? protocol : usual,
      port,
    });
    if (number !== undefined) return kinds.map((kind) => made(kind, number));
    if (flags & AI_NUMERICSERV) throw this.error(EAI_NONAME);
    const found = kinds.flatMap((kind) => {
      const entry = kind.name === undefined ? undefined : getservbyname(service as string, kind.name);
      return entry === undefined ? [] : [made(kind, entry.port)];
    });
    if (found.length === 0) throw this.error(EAI_SERVICE);
    return found;
  }

  /** The answer where no name has to be looked up: no node, or an address as text. Undefined for a name. */
  withoutLookUp(): AddressInfo[] | undefined {
    if (this.node === null) {
      const [four, six] = this.flags & AI_PASSIVE ? ["0.0.0.0", "::"] : ["127.0.0.1", "::1"];
      return this.#infos(this.#ofFamily([six, four]), undefined);
    }
    const numeric = numericAddress(this.node);
    if (numeric !== undefined) {
      const fitting = this.#ofFamily([numeric]);
      if (fitting.length === 0) throw this.error(EAI_ADDRFAMILY);
      return this.#infos(fitting, this.node);
    }
    if (this.flags & AI_NUMERICHOST) throw this.error(EAI_NONAME);
    return undefined;
  }

  /** The family that a name server is asked for, 0 for both: with AI_V4MAPPED, IPv4 may be an answer, too. */
  get familyAsked(): number {
    return this.family === AF_INET6 && (this.flags & AI_V4MAPPED) !== 0 ? AF_UNSPEC : this.family;
  }

  /** The answer for a name's addresses. */
  found(addresses: readonly string[], name: string): AddressInfo[] {
    const fitting = this.#ofFamily(addresses);
    if (fitting.length === 0) throw this.error(EAI_NONAME);
    return this.#infos(fitting, name);
  }

  /** The addresses of the family that was asked for; with AI_V4MAPPED, IPv4 in the form of IPv6. */
  #ofFamily(addresses: readonly string[]): string[] {
    const own = addresses.filter((address) => {
      const family = address.includes(":") ? AF_INET6 : AF_INET;
      return this.family === AF_UNSPEC || this.family === family;
    });
    const maps = this.family === AF_INET6 && (this.flags & AI_V4MAPPED) !== 0;
    if (!maps || (own.length > 0 && (this.flags & AI_ALL) === 0)) return own;
    const others = addresses.filter((address) => !address.includes(":")).map((address) => `::ffff:${address}`);
    return [...own, ...others];
  }

  #infos(addresses: readonly string[], canonicalName: string | undefined): AddressInfo[] {
    const infos = addresses.flatMap((address) =>
      this.#answers.map(({ type, protocol, port }): AddressInfo => {
        const found = socketAddress(address, port);
        return { family: found.family, type, protocol, address: found };
      }),
    );
    const [first] = infos;
    if (first === undefined || canonicalName === undefined || (this.flags & AI_CANONNAME) === 0) return infos;
    return [{ ...first, canonicalName }, ...infos.slice(1)];
  }
}

function portNumber(service: string): number | undefined {
  return /^[0-9]+$/.test(service) ? Number(service) & 0xffff : undefined;
}

/**
 * An address as text in its usual form; undefined for a name. IPv4 as inet_aton(3) reads it, IPv6 with a zone's number.
 */
function numericAddress(node: string): string | undefined {
  const four = inet_aton(node);
  if (four !== undefined && !/\s/.test(node)) return inet_ntoa(four);
  const [address = "", zone] = node.split("%");
  if (inet_pton(AF_INET6, address) === undefined) return undefined;
  return zone === undefined || /^[0-9]+$/.test(zone) ? node : undefined;
}

function socketAddress(text: string, port: number): SocketAddress {
  const [address = "", zone] = text.split("%");
  if (!text.includes(":")) return { family: AF_INET, address, port };
  return { family: AF_INET6, address, port, ...(zone === undefined ? {} : { scopeId: Number(zone) }) };
}
