import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { inet_pton } from "../../netdb/inet.ts";

/** ::ffff:0:0/96, IPv4 in the form of IPv6. */
const MAPPED = "00000000000000000000ffff";

/** The name whose PTR record has the name of an address: RFC 1035 §3.5, RFC 3596 §2.5. Undefined for no address. */
export function reverseName(address: string): string | undefined {
  const four = inet_pton(AF_INET, address);
  if (four !== undefined) return reverse4(four);
  const [withoutZone = ""] = address.split("%");
  const six = inet_pton(AF_INET6, withoutZone);
  if (six === undefined) return undefined;
  const digits = Array.from(six, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (digits.startsWith(MAPPED)) return reverse4(six.subarray(12));
  return `${Array.from(digits).reverse().join(".")}.ip6.arpa`;
}

function reverse4(bytes: Uint8Array): string {
  return `${[...bytes].reverse().join(".")}.in-addr.arpa`;
}
