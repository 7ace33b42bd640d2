import { checksumOf } from "./checksum.ts";
import { PROTOCOL, transportChecksum, type IpHeader } from "./ip.ts";

const HEADER_BYTES = 8;

/** A message of ICMP (RFC 792) or ICMPv6 (RFC 4443). */
export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** The 32 bits behind the checksum: an MTU; an identifier and a sequence. */
  readonly word: number;
  readonly payload: Uint8Array;
}

interface IcmpType {
  readonly type: number;
  readonly codes: readonly string[];
}

/** The types by their words, and the words of their codes from 0 on; "" has none. */
const TYPES: Readonly<Record<4 | 6, Readonly<Record<string, IcmpType>>>> = {
  4: {
    echo_reply: { type: 0, codes: [] },
    unreachable: {
      type: 3,
      codes: [
        "net_unreachable",
        "host_unreachable",
        "protocol_unreachable",
        "port_unreachable",
        "frag_needed",
        "source_route_failed",
        "net_unknown",
        "host_unknown",
        "source_host_isolated",
        "net_prohibited",
        "host_prohibited",
        "net_unreachable_for_tos",
        "host_unreachable_for_tos",
        "packet_filtered",
        "precedence_violation",
        "precedence_cutoff",
      ],
    },
    source_quench: { type: 4, codes: [] },
    redirect: { type: 5, codes: [] },
    echo_request: { type: 8, codes: [] },
    time_exceeded: { type: 11, codes: ["exceeded_ttl", "exceeded_frag_time"] },
    parameter_problem: { type: 12, codes: [] },
  },
  6: {
    unreachable: {
      type: 1,
      codes: ["no_route", "admin_prohibited", "not_neighbour", "address_unreachable", "port_unreachable"],
    },
    packet_too_big: { type: 2, codes: [] },
    time_exceeded: { type: 3, codes: ["exceeded_hop_limit", "exceeded_frag_time"] },
    parameter_problem: { type: 4, codes: ["header_field", "unknown_next_header", "unknown_option"] },
    echo_request: { type: 128, codes: [] },
    echo_reply: { type: 129, codes: [] },
  },
};

/** The numbers of a type and a code; undefined where one is not known. */
export function icmpNumbers(version: 4 | 6, type: string, code: string | undefined): [number, number] | undefined {
  const known = TYPES[version][type];
  if (known === undefined) return undefined;
  const number = code === undefined ? 0 : known.codes.indexOf(code);
  return number < 0 ? undefined : [known.type, number];
}

/** The words of a type and a code; the numbers where there are none. */
export function icmpWords(version: 4 | 6, type: number, code: number): { type: string; code: string | undefined } {
  const [name, known] = Object.entries(TYPES[version]).find(([, one]) => one.type === type) ?? [`type_${type}`];
  const word = known?.codes[code] ?? (code === 0 ? undefined : `code_${code}`);
  return { type: name, code: word };
}

export function buildIcmp(ip: IpHeader, { type, code, word, payload }: IcmpMessage): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint8(1, code);
  view.setUint32(4, word);
  bytes.set(payload, HEADER_BYTES);
  view.setUint16(2, icmpChecksum(ip, bytes));
  return bytes;
}

/** Reads a message; a text when it is none. */
export function readIcmp(ip: IpHeader, bytes: Uint8Array): IcmpMessage | string {
  if (bytes.length < HEADER_BYTES) return "its ICMP header is cut off";
  if (icmpChecksum(ip, bytes) !== 0) return "its ICMP checksum is wrong";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    type: view.getUint8(0),
    code: view.getUint8(1),
    word: view.getUint32(4),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

function icmpChecksum(ip: IpHeader, bytes: Uint8Array): number {
  return ip.protocol === PROTOCOL.icmp6 ? transportChecksum(ip, bytes) : checksumOf(bytes);
}
