import type { AddressLike } from "../api/address.ts";
import { addressText } from "../api/errors.ts";
import type { PollEntry } from "../api/kernel.ts";
import type { ControlMessage, Message, MessageBuffers } from "../api/message.ts";
import { sockaddrDecode } from "../netdb/sockaddr.ts";
import {
  acceptFlagNames,
  commandName,
  controlTypeName,
  directionName,
  familyName,
  levelName,
  messageFlagNames,
  optionName,
  pollEventNames,
  protocolName,
  requestName,
  typeName,
} from "./constant-names.ts";
import { dataText, joined, lengthOf } from "./data-text.ts";

/** One argument as text; undefined leaves it out. `all` are the call's arguments, `limit` that of data. */
export type ArgumentText = (value: unknown, all: readonly unknown[], limit: number) => string | undefined;

const list = (texts: readonly string[]): string => `[${texts.join(", ")}]`;

/** What is of a wrong type is shown as it is: the call itself will say what is wrong with it. */
function of<T>(isOne: (value: unknown) => value is T, text: (value: T, limit: number) => string): ArgumentText {
  return (value, _all, limit) => {
    if (value === undefined) return undefined;
    return isOne(value) ? text(value, limit) : plain(value);
  };
}

const isNumber = (value: unknown): value is number => typeof value === "number";
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const areBytes = (value: unknown): value is readonly Uint8Array[] => Array.isArray(value) && value.every(isBytes);
/** Not any iterable: one that can be read but once is the call's to read. */
const areNumbers = (value: unknown): value is readonly number[] | ReadonlySet<number> =>
  Array.isArray(value) || value instanceof Set;
const areEntries = (value: unknown): value is readonly PollEntry[] => Array.isArray(value) && value.every(isObject);
const isAddress = (value: unknown): value is AddressLike => isObject(value) && (isBytes(value) || "family" in value);
const isMessage = (value: unknown): value is Message =>
  isObject(value) && "data" in value && (isBytes(value.data) || areBytes(value.data));
const areMessages = (value: unknown): value is readonly Message[] => Array.isArray(value) && value.every(isMessage);

/** Objects within objects are shown so deep. */
const DEPTH = 2;

/** Any value, in a few characters. */
export function plain(value: unknown, depth: number = DEPTH): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "function";
  if (isBytes(value)) return `${value.length} bytes`;
  if (!isObject(value)) return String(value);
  if (depth === 0) return "…";
  if (Array.isArray(value)) return list(value.map((one) => plain(one, depth - 1)));
  const members = Object.entries(value).map(([key, one]) => `${key}: ${plain(one, depth - 1)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** "127.0.0.1:7007", "[::1]:7007", "@abstract", a path; `""` for a Unix socket without a name. */
export function anyAddressText(address: AddressLike): string {
  try {
    const value = isBytes(address) ? sockaddrDecode(address) : address;
    return addressText(value) || '""';
  } catch {
    return isBytes(address) ? `${address.length} bytes` : plain(address);
  }
}

export const any: ArgumentText = (value) => (value === undefined ? undefined : plain(value));
export const family: ArgumentText = of(isNumber, familyName);
export const type: ArgumentText = of(isNumber, typeName);
export const protocol: ArgumentText = of(isNumber, protocolName);
export const how: ArgumentText = of(isNumber, directionName);
export const level: ArgumentText = of(isNumber, levelName);
export const flags: ArgumentText = of(isNumber, messageFlagNames);
/** No flags at the end of a call need no word. */
export const lastFlags: ArgumentText = (given, all, limit) => (given === 0 ? undefined : flags(given, all, limit));
export const command: ArgumentText = of(isNumber, commandName);
export const request: ArgumentText = of(isNumber, requestName);
export const address: ArgumentText = of(isAddress, anyAddressText);
export const data: ArgumentText = of(isBytes, dataText);
export const buffer: ArgumentText = of(isBytes, ({ length }) => `buffer[${length}]`);
export const dataParts: ArgumentText = of(areBytes, (parts, limit) => list(parts.map((part) => dataText(part, limit))));
export const bufferParts: ArgumentText = of(areBytes, (parts) => list(parts.map(({ length }) => `buffer[${length}]`)));
export const message: ArgumentText = of(isMessage, messageText);
export const messages: ArgumentText = of(areMessages, (all, limit) => list(all.map((one) => messageText(one, limit))));
export const messageBuffers: ArgumentText = of(isMessage, buffersOfMessage);
export const messagesBuffers: ArgumentText = of(areMessages, (all) => list(all.map(buffersOfMessage)));
export const descriptors: ArgumentText = of(areNumbers, (all) => list([...all].map(String)));
export const pollEntries: ArgumentText = of(areEntries, (entries) =>
  list(entries.map(({ fd, events }) => `${fd}: ${pollEventNames(events)}`)),
);
export const acceptOptions: ArgumentText = (value) => {
  const given = isObject(value) && "flags" in value ? value.flags : undefined;
  return isNumber(given) && given !== 0 ? acceptFlagNames(given) : undefined;
};
export const option: ArgumentText = (value, all) =>
  isNumber(value) && isNumber(all[1]) ? optionName(all[1], value) : plain(value);
export const optionInput: ArgumentText = (value, _all, limit) => {
  if (typeof value === "boolean") return value ? "1" : "0";
  return isBytes(value) ? dataText(value, limit) : plain(value);
};
export const hints: ArgumentText = (value) => {
  if (!isObject(value)) return undefined;
  const { family: ofFamily, type: ofType } = value as { family?: unknown; type?: unknown };
  const texts = [
    isNumber(ofFamily) && ofFamily !== 0 ? familyName(ofFamily) : [],
    isNumber(ofType) && ofType !== 0 ? typeName(ofType) : [],
  ].flat();
  return texts.length === 0 ? undefined : texts.join(" ");
};

function messageText({ data: bytes, address: to, control = [] }: Message, limit: number): string {
  const text = dataText(joined(bytes, limit + 1), limit);
  return [text, to === undefined ? [] : `to ${anyAddressText(to)}`, control.map(controlText)].flat(2).join(" ");
}

function buffersOfMessage({ data: buffers }: MessageBuffers): string {
  return `buffer[${lengthOf(buffers)}]`;
}

/** "SCM_RIGHTS [19]": a control message and its value. */
export function controlText({ level: at, type: number, value }: ControlMessage): string {
  const name = at === 1 ? controlTypeName(number) : `${levelName(at)} ${optionName(at, number)}`;
  return `${name} ${plain(value)}`;
}
