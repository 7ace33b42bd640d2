import { IpAddress } from "../../stack/ip/address.ts";

/** An address of an interface, and the network that it is in. */
export class InterfacePrefix {
  readonly address: IpAddress;
  readonly length: number;
  readonly network: IpAddress;

  /** From "10.0.0.1/24", which an interface has taken already. */
  constructor(text: string) {
    const [address = "", length = ""] = text.split("/");
    this.address = IpAddress.parse(address);
    this.length = length === "" ? (this.address.version === 4 ? 32 : 128) : Number(length);
    this.network = this.address.masked(this.length);
  }

  /** Both networks are the same. */
  isOf(other: InterfacePrefix): boolean {
    return this.length === other.length && this.network.equals(other.network);
  }

  /** "10.0.0.0/24". */
  toString(): string {
    return `${this.network.toString()}/${this.length}`;
  }
}
