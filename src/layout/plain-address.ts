import { AF_INET, AF_INET6 } from "../api/constants.ts";
import { invalidType } from "../api/errors.ts";
import { sockaddrEncodeInto } from "../netdb/sockaddr.ts";
import { inet4Bytes, inet6Bytes } from "./argument.ts";

/** Writes an IP address of either version as a `struct sockaddr` without a port; returns its family. */
export function encodePlainAddress(target: Uint8Array, at: number, value: unknown, argument: string): number {
  if (typeof value !== "string") throw invalidType(argument, "an IPv4 or IPv6 address as a string", value);
  if (value.includes(":")) {
    inet6Bytes(argument, value);
    sockaddrEncodeInto({ family: AF_INET6, address: value, port: 0 }, target, at);
    return AF_INET6;
  }
  inet4Bytes(argument, value);
  sockaddrEncodeInto({ family: AF_INET, address: value, port: 0 }, target, at);
  return AF_INET;
}
