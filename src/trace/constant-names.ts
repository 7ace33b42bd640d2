import * as constants from "../api/constants.ts";
import { optionName as optionNameOf } from "../api/options.ts";

/** Other names of a number that has a better known one. */
const ALIASES: ReadonlySet<string> = new Set([
  "AF_LOCAL",
  "AF_FILE",
  "AF_ROUTE",
  "IPPROTO_HOPOPTS",
  "MSG_PROXY",
  "SIOCINQ",
]);

type Names = ReadonlyMap<number, string>;

/** The constants whose names begin so, by number. */
function namesOf(prefix: RegExp): Names {
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value === "number" && prefix.test(name) && !ALIASES.has(name)) names.set(value, name);
  }
  return names;
}

const families = namesOf(/^AF_/);
const types = namesOf(/^SOCK_(STREAM|DGRAM|RAW|RDM|SEQPACKET|DCCP|PACKET)$/);
const typeFlags = namesOf(/^SOCK_(NONBLOCK|CLOEXEC)$/);
const protocols = namesOf(/^IPPROTO_/);
const levels = namesOf(/^SOL_(SOCKET|PACKET|NETLINK|TLS|MPTCP|RAW)$/);
const messageFlags = namesOf(/^MSG_/);
const directions = namesOf(/^SHUT_/);
const pollEvents = namesOf(/^POLL/);
const commands = namesOf(/^F_(?!OWNER)/);
const requests = namesOf(/^(FIO|SIOC)/);
const controlTypes = namesOf(/^SCM_(?!MAX|TSTAMP_)/);

const named = (names: Names, value: number): string => names.get(value) ?? String(value);

/** The names of the bits, joined as C writes them; what has no name stays a number. */
function bits(names: Names, value: number): string {
  const found: string[] = [];
  let left = value;
  for (const [bit, name] of [...names].sort(([a], [b]) => a - b)) {
    if (bit !== 0 && (left & bit) === bit) {
      found.push(name);
      left &= ~bit;
    }
  }
  if (left !== 0) found.push(`0x${(left >>> 0).toString(16)}`);
  return found.length === 0 ? "0" : found.join(" | ");
}

export const familyName = (family: number): string => named(families, family);
export const protocolName = (protocol: number): string => (protocol === 0 ? "0" : named(protocols, protocol));
export const directionName = (how: number): string => named(directions, how);
export const commandName = (command: number): string => named(commands, command);
export const requestName = (request: number): string => named(requests, request);
export const controlTypeName = (type: number): string => named(controlTypes, type);
export const messageFlagNames = (flags: number): string => bits(messageFlags, flags);
export const acceptFlagNames = (flags: number): string => bits(typeFlags, flags);
export const pollEventNames = (events: number): string => bits(pollEvents, events);
export const levelName = (level: number): string => levels.get(level) ?? named(protocols, level);
export const optionName = (level: number, name: number): string => optionNameOf(level, name) ?? String(name);

/** "SOCK_STREAM | SOCK_NONBLOCK": the type, and the flags that were added to it. */
export function typeName(type: number): string {
  const flags = type & (constants.SOCK_NONBLOCK | constants.SOCK_CLOEXEC);
  const name = named(types, type & ~flags);
  return flags === 0 ? name : `${name} | ${bits(typeFlags, flags)}`;
}
