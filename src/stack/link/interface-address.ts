import type { IpAddress } from "../ip/address.ts";

/** States of an address of ours: RFC 4862 §2. */
export const TENTATIVE = 0;
export const PREFERRED = 1;
/** Still good for what uses it, but nothing new begins with it. */
export const DEPRECATED = 2;
/** Somebody else has it. It is not used. */
export const DUPLICATE = 3;

export const ADDRESS_STATES: readonly string[] = ["TENTATIVE", "PREFERRED", "DEPRECATED", "DUPLICATE"];

/** An address of an interface. */
export class InterfaceAddress {
  readonly address: IpAddress;
  /** Bits that those on the same link share. */
  readonly prefixLength: number;
  /** The address of all on the link: IPv4's last of the prefix (RFC 919); undefined where there is none. */
  readonly broadcast: IpAddress | undefined;
  /** TENTATIVE and its siblings. */
  state: number;
  /** Until when it is preferred, and valid: RFC 4862 §5.5.4; Infinity for one that was set by hand. */
  preferredUntilUs: number = Infinity;
  validUntilUs: number = Infinity;

  constructor(address: IpAddress, prefixLength: number, broadcast: IpAddress | undefined, state: number) {
    this.address = address;
    this.prefixLength = prefixLength;
    this.broadcast = broadcast;
    this.state = state;
  }

  /** Whether packets to it are for this machine: RFC 4862 §5.4. */
  get isAssigned(): boolean {
    return this.state === PREFERRED || this.state === DEPRECATED;
  }
}
