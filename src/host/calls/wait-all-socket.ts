import { AF_UNIX, POLLRDHUP, SO_DOMAIN, SO_TYPE, SOCK_STREAM, SOL_SOCKET } from "../../api/constants.ts";
import type { WaitAllSocket } from "../../kernel/wait-all.ts";
import { integerOption } from "../raw-option.ts";
import { isReadyNow } from "./poll.ts";

/** What MSG_WAITALL asks of a descriptor. */
export function waitAllSocket(fd: number): WaitAllSocket {
  return {
    isStream: () => integerOption(fd, SOL_SOCKET, SO_TYPE) === SOCK_STREAM,
    looksOnce: () => integerOption(fd, SOL_SOCKET, SO_DOMAIN) === AF_UNIX,
    hasEnded: () => isReadyNow(fd, POLLRDHUP),
  };
}
