import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_SYN, type TcpHeader } from "../../wire/tcp-header.ts";

/** The codepoints of the IP header: RFC 3168 §5. */
export const NOT_ECT = 0;
export const ECT_0 = 2;
export const CONGESTION_EXPERIENCED = 3;
const ECN_BITS = 3;

/** Explicit congestion notification of one connection: RFC 3168 §6.1. */
export class Ecn {
  /** Both sides agreed to it. */
  isOn = false;
  /** A mark came, and the peer has not said CWR: every acknowledgement says ECE (§6.1.3). */
  demandsReduction = false;
  /** The next new data says CWR (§6.1.2). */
  #reduced = false;
  /** Whether the peer's packets were ever capable: TCPI_OPT_ECN_SEEN. */
  seen = false;

  /** Looks at the ECN bits of a packet that arrived. Returns true at a mark that is new. */
  arrived(trafficClass: number, flags: number, hasData: boolean): boolean {
    if (!this.isOn) return false;
    if ((flags & TCP_CWR) !== 0 && hasData) this.demandsReduction = false;
    const bits = trafficClass & ECN_BITS;
    if (bits !== NOT_ECT) this.seen = true;
    if (bits !== CONGESTION_EXPERIENCED) return false;
    const isNew = !this.demandsReduction;
    this.demandsReduction = true;
    return isNew;
  }

  queueReduced(): void {
    this.#reduced = true;
  }

  /** The flags that a segment gets besides. */
  flags(isNewData: boolean): number {
    if (!this.isOn) return 0;
    let flags = this.demandsReduction ? TCP_ECE : 0;
    if (isNewData && this.#reduced) {
      this.#reduced = false;
      flags |= TCP_CWR;
    }
    return flags;
  }

  /** The codepoint of a packet: only new data is capable (§6.1.4, §6.1.5). */
  codepoint(isNewData: boolean): number {
    return this.isOn && isNewData ? ECT_0 : NOT_ECT;
  }
}

/** Whether a SYN asks for ECN: §6.1.1, an ECN-setup SYN. */
export function asksForEcn(header: TcpHeader): boolean {
  return (header.flags & (TCP_SYN | TCP_ACK | TCP_ECE | TCP_CWR)) === (TCP_SYN | TCP_ECE | TCP_CWR);
}

/** Whether a SYN-ACK grants it: ECE without CWR. */
export function grantsEcn(header: TcpHeader): boolean {
  return (header.flags & (TCP_ECE | TCP_CWR)) === TCP_ECE;
}
