import * as constants from "../../src/api/constants.ts";
import { errno } from "../../src/api/errno.ts";
import * as epoll from "../../src/host/epoll/events.ts";
import * as uring from "../../src/layout/io-uring.ts";
import type { Check } from "./check.ts";
import { type Facts, integer } from "./facts.ts";

/** Of the kernel's own, in no header that programs are given. */
const nowhere = [
  "MSG_SOCK_DEVMEM",
  "SCM_MAX_FD",
  "SCM_PIDFD",
  "SCM_SECURITY",
  "SOL_SCTP",
  "SOL_UDPLITE",
  "UDPLITE_RECV_CSCOV",
  "UDPLITE_SEND_CSCOV",
];

function numbersOf(module: object): Facts {
  return Object.fromEntries(
    Object.entries(module).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

const ours: Facts = { ...numbersOf(constants), ...numbersOf(epoll), ...numbersOf(uring), ...errno };

/** Every number under C's name. */
export const constantsCheck: Check = {
  kind: "constants",
  ours,
  questions: Object.keys(ours).map((name) => integer(name)),
  nowhere,
  mayLack: 64,
  least: 1200,
};
