import type { AddressLike, SocketAddress } from "../api/address.ts";
import type { Accepted, AddressInfo, PollEntry, ReceivedFrom, Selected } from "../api/kernel.ts";
import type { MessageBuffers, ReceivedMessage } from "../api/message.ts";
import { anyAddressText, controlText, plain } from "./argument-text.ts";
import { messageFlagNames, pollEventNames } from "./constant-names.ts";
import { dataText, joined } from "./data-text.ts";

/** What a call returned, as text. `all` are its arguments, `limit` the bytes of data that are shown. */
export type ResultText<T = never> = (result: T, all: readonly unknown[], limit: number) => string;

type Buffers = Uint8Array | readonly Uint8Array[];

/** C's calls that give nothing return 0. */
export const zero: ResultText = () => "0";
export const value: ResultText<unknown> = (result) =>
  typeof result === "boolean" ? String(Number(result)) : plain(result);
export const pair: ResultText<readonly number[]> = (result) => result.join(", ");
export const address: ResultText<AddressLike> = (result) => anyAddressText(result);
export const accepted: ResultText<Accepted> = (result) => `${result.fd}${from(result.address)}`;

/** A count of bytes, and the bytes themselves. */
export const received: ResultText<number> = (bytes, all, limit) => `${bytes}${got(all[1] as Buffers, bytes, limit)}`;
export const receivedFrom: ResultText<ReceivedFrom> = (result, all, limit) =>
  `${result.bytes}${got(all[1] as Buffers, result.bytes, limit)}${from(result.address)}`;
export const receivedMessage: ResultText<ReceivedMessage> = (result, all, limit) =>
  messageText(result, all[1] as MessageBuffers, limit);
export const receivedMessages: ResultText<readonly ReceivedMessage[]> = (results, all, limit) => {
  const buffers = all[1] as readonly MessageBuffers[];
  const texts = results.map((one, index) => messageText(one, buffers[index] ?? { data: [] }, limit));
  return [String(results.length), ...texts].join("; ");
};

export const polled: ResultText<number> = (count, all) => {
  const ready = (all[0] as readonly PollEntry[]).filter(({ revents = 0 }) => revents !== 0);
  const texts = ready.map(({ fd, revents = 0 }) => `${fd}: ${pollEventNames(revents)}`);
  return count === 0 ? "0" : `${count} [${texts.join(", ")}]`;
};

export const selected: ResultText<Selected> = ({ read, write, except }) => {
  const sets = Object.entries({ read, write, except }).filter(([, set]) => set.length > 0);
  const count = sets.reduce((sum, [, set]) => sum + set.length, 0);
  return [String(count), ...sets.map(([name, set]) => `${name} [${set.join(", ")}]`)].join(" ");
};

export const addresses: ResultText<readonly AddressInfo[]> = (results) =>
  [...new Set(results.map((one) => anyAddressText(one.address)))].join(", ");

function messageText(result: ReceivedMessage, buffers: MessageBuffers, limit: number): string {
  const { bytes, address: sender, control, flags } = result;
  const controls = control.map((one) => ` ${controlText(one)}`).join("");
  const marks = flags === 0 ? "" : ` ${messageFlagNames(flags)}`;
  return `${bytes}${got(buffers.data, bytes, limit)}${from(sender)}${controls}${marks}`;
}

/** With MSG_TRUNC a count may be above what the buffer holds. */
function got(buffers: Buffers, bytes: number, limit: number): string {
  return bytes === 0 ? "" : ` ${dataText(joined(buffers, Math.min(bytes, limit + 1)), limit)}`;
}

/** Nothing for a peer without a name. */
function from(sender: SocketAddress | undefined): string {
  if (sender === undefined || ("path" in sender && sender.path.length === 0)) return "";
  return ` from ${anyAddressText(sender)}`;
}
