/** Control bits: RFC 9293 §3.1, RFC 3168 §6.1. */
export const TCP_FIN = 0x001;
export const TCP_SYN = 0x002;
export const TCP_RST = 0x004;
export const TCP_PSH = 0x008;
export const TCP_ACK = 0x010;
export const TCP_URG = 0x020;
/** The peer saw congestion (ECN-Echo). */
export const TCP_ECE = 0x040;
/** The congestion window was reduced. */
export const TCP_CWR = 0x080;
/** The lowest of the four bits before the flags: accurate ECN. */
export const TCP_AE = 0x100;

/** Blocks of a SACK option that forty bytes of options hold: RFC 2018 §3. */
export const MAX_SACK_BLOCKS = 4;
/** Bytes of a fast open cookie: RFC 7413 §4.1.1. */
export const MIN_FAST_OPEN_BYTES = 4;
export const MAX_FAST_OPEN_BYTES = 16;
/** Bytes of all options: the header is at most 15 words of 4 bytes, 5 of which are fixed. */
export const MAX_TCP_OPTION_BYTES = 40;

/**
 * A TCP header with its options. One object is filled again and again: parsing makes nothing. Sequence numbers and
 * timestamps are signed 32-bit words, to be compared as `(a - b) | 0`.
 */
export class TcpHeader {
  sourcePort = 0;
  destinationPort = 0;
  sequence = 0;
  acknowledgment = 0;
  /** Twelve bits: the control bits, and the reserved ones before them. */
  flags = 0;
  /** As it is on the wire, before scaling. */
  window = 0;
  /** As it was read. */
  checksum = 0;
  urgentPointer = 0;
  /** Where the header ends. */
  payloadStart = 0;
  payloadEnd = 0;
  /** Maximum segment size (RFC 9293 §3.7.1); -1 without the option. */
  mss = -1;
  /** The shift count as sent, also one above 14, which counts as 14 (RFC 7323 §2.3); -1 without the option. */
  windowScale = -1;
  /** RFC 2018 §2. */
  sackPermitted = false;
  /** RFC 7323 §3. */
  hasTimestamps = false;
  timestampValue = 0;
  timestampEcho = 0;
  /** Blocks in `sack`: the left and the right edge of each in turn (RFC 2018 §3). */
  sackCount = 0;
  readonly sack: Int32Array = new Int32Array(2 * MAX_SACK_BLOCKS);
  /** Bytes in `fastOpenCookie`; 0 asks for a cookie, -1 is without the option (RFC 7413 §4.1.1). */
  fastOpenBytes = -1;
  /** The option came, or is to go, in the form of experiments (RFC 6994) that Linux knew first. */
  fastOpenExperimental = false;
  readonly fastOpenCookie: Uint8Array = new Uint8Array(MAX_FAST_OPEN_BYTES);
  /** Bytes in `unknownOptions`: options that are not spoken here, whole, one after the other. */
  unknownBytes = 0;
  readonly unknownOptions: Uint8Array = new Uint8Array(MAX_TCP_OPTION_BYTES);
}
