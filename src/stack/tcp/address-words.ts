/** An IP address as four words; IPv4 is held IPv4-mapped: 0, 0, 0xffff, and the address. */
export interface AddressWords {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}
