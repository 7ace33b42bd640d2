import { invalidType, outOfRange } from "../api/errors.ts";
import type { Message, MessageBuffers } from "../api/message.ts";
import { checkInteger, checkVectors } from "./arguments.ts";

/* What sendmsg, recvmsg and their siblings refuse before any system call. */

const DEFAULT_CONTROL_BYTES = 256;
const MAX_CONTROL_BYTES = 64 * 1024;
/** UIO_MAXIOV: how many messages one sendmmsg or recvmmsg takes. */
const MAX_MESSAGES = 1024;

/** The buffers of a message to send. */
export function outgoingBuffers(argument: string, message: Message): readonly Uint8Array[] {
  if (typeof message !== "object" || message === null) throw invalidType(argument, "a message: { data, … }", message);
  return buffersOf(`${argument}.data`, message.data);
}

/** The buffers and the room for control messages of a receive. */
export function incomingBuffers(
  argument: string,
  message: MessageBuffers,
): { buffers: readonly Uint8Array[]; controlBytes: number } {
  if (typeof message !== "object" || message === null) throw invalidType(argument, "buffers: { data, … }", message);
  const { controlBytes = DEFAULT_CONTROL_BYTES } = message;
  checkInteger(`${argument}.controlBytes`, controlBytes);
  if (controlBytes < 0 || controlBytes > MAX_CONTROL_BYTES) {
    throw outOfRange(`${argument}.controlBytes`, `from 0 to ${MAX_CONTROL_BYTES}`, controlBytes);
  }
  return { buffers: buffersOf(`${argument}.data`, message.data), controlBytes };
}

function buffersOf(argument: string, data: unknown): readonly Uint8Array[] {
  if (data instanceof Uint8Array) return [data];
  if (!Array.isArray(data)) throw invalidType(argument, "a Uint8Array or an array of them", data);
  checkVectors(argument, data);
  return [...data]; // The program may change its list while the call waits.
}

/** Refuses what is no list of messages, or too long a one. */
export function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages)) throw invalidType("messages", "an array of messages", messages);
  if (messages.length > MAX_MESSAGES) throw outOfRange("messages.length", `at most ${MAX_MESSAGES}`, messages.length);
}
