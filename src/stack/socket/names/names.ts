import type { AddressLike } from "../../../api/address.ts";
import {
  EAI_BADFLAGS,
  EAI_FAMILY,
  EAI_NONAME,
  NI_DGRAM,
  NI_IDN,
  NI_NAMEREQD,
  NI_NOFQDN,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
} from "../../../api/constants.ts";
import { abortError, systemError } from "../../../api/errors.ts";
import type { AddressHints, AddressInfo, NameInfo } from "../../../api/kernel.ts";
import { checkInteger, checkSignal } from "../../../kernel/arguments.ts";
import { addressQuestion, checkInterfaceIndex, checkInterfaceName } from "../../../kernel/lookup.ts";
import { getservbyport } from "../../../netdb/services.ts";
import { sockaddrDecode, sockaddrEncode } from "../../../netdb/sockaddr.ts";
import type { NetworkNames } from "../kernel.ts";
import type { InterfaceNames } from "../surroundings.ts";
import { AddressQuestion } from "./address-info.ts";
import type { HostTable } from "./hosts.ts";
import { nameError } from "./resolver-errors.ts";

const KNOWN_FLAGS = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM | NI_IDN;

/** What a name server says of a name. */
export interface FoundName {
  readonly addresses: readonly string[];
  /** What its aliases lead to. */
  readonly canonicalName: string;
}

/** Who knows the names that the table does not have: a name server. */
export interface NameServer {
  /** The addresses of a name, of one family or, with 0, of both. Rejects with `error(EAI_…)`. */
  lookUp(
    name: string,
    family: number,
    error: (number: number) => Error,
    signal: AbortSignal | undefined,
  ): Promise<FoundName>;
  /** The name of an address; undefined when it has none. Rejects as `lookUp`. */
  nameOf(
    address: string,
    error: (number: number) => Error,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined>;
}

/** The names of a network: from a table, and then from a name server when there is one. */
export function makeNames(
  hosts: HostTable,
  interfaces: InterfaceNames,
  server: () => NameServer | undefined,
): NetworkNames {
  return {
    async getaddrinfo(node, service, hints: AddressHints = {}): Promise<AddressInfo[]> {
      const parts = addressQuestion(node, service, hints);
      const { signal } = hints;
      if (signal?.aborted) throw abortError(signal);
      const question = new AddressQuestion(node, parts);
      const known = question.withoutLookUp();
      if (known !== undefined) return known;
      const name = node as string;
      // With AI_V4MAPPED the addresses of the other family may be an answer, too.
      const addresses = hosts.addresses(name, 0);
      if (addresses !== undefined) return question.found(addresses, name);
      const asked = server();
      if (asked === undefined) throw question.error(EAI_NONAME);
      const found = await asked.lookUp(name, question.familyAsked, (number) => question.error(number), signal);
      return question.found(found.addresses, found.canonicalName);
    },

    async getnameinfo(address: AddressLike, flags = 0, { signal } = {}): Promise<NameInfo> {
      checkInteger("flags", flags);
      const decoded = sockaddrDecode(sockaddrEncode(address));
      checkSignal(signal);
      if (signal?.aborted) throw abortError(signal);
      const error = (number: number): Error =>
        nameError("getnameinfo", number, "address" in decoded ? decoded.address : `family ${decoded.family}`);
      if ((flags & ~KNOWN_FLAGS) !== 0) throw error(EAI_BADFLAGS);
      if (!("address" in decoded)) throw error(EAI_FAMILY);
      const name =
        flags & NI_NUMERICHOST
          ? undefined
          : (hosts.nameOf(decoded.address) ?? (await server()?.nameOf(decoded.address, error, signal)));
      if (name === undefined && (flags & NI_NAMEREQD) !== 0) throw error(EAI_NONAME);
      const protocol = flags & NI_DGRAM ? "udp" : "tcp";
      const service = flags & NI_NUMERICSERV ? undefined : getservbyport(decoded.port, protocol)?.name;
      return { node: name ?? decoded.address, service: service ?? String(decoded.port) };
    },

    if_nametoindex(name) {
      checkInterfaceName(name);
      const index = interfaces.indexOf(name);
      if (index === undefined) throw systemError("if_nametoindex", "ENODEV", undefined, name);
      return index;
    },

    if_indextoname(index) {
      checkInterfaceIndex(index);
      const name = interfaces.nameOf(index);
      if (name === undefined) throw systemError("if_indextoname", "ENXIO");
      return name;
    },

    if_nameindex: () => interfaces.list(),
  };
}
