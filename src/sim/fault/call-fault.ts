import { invalidType, invalidValue, outOfRange, systemError } from "../../api/errors.ts";
import { errno, type ErrnoName } from "../../api/errno.ts";
import type { Host } from "../host.ts";
import { isPlainCall } from "../plain-calls.ts";
import type { SimCall } from "../sim-call.ts";

/** Which calls fail, and how. */
export interface CallFaultOptions {
  /** The error's code: "EMFILE". */
  readonly errno: ErrnoName;
  /** The first call that fails, from 1; 1 unless given. */
  readonly at?: number | undefined;
  /** How many fail in a row; 1 unless given. */
  readonly times?: number | undefined;
  /** Which calls are counted; all unless given. */
  readonly when?: ((call: SimCall) => boolean) | undefined;
}

type Make = (...args: unknown[]) => unknown;

/**
 * Has a system call of a host's programs fail, until what is returned is disposed: the third `accept` with EMFILE is
 * `failCall(host, "accept", { errno: "EMFILE", at: 3 })`. The call is not made. Errors: ERR_INVALID_ARG_VALUE for a
 * code that is none, ERR_OUT_OF_RANGE.
 */
export function failCall(host: Host, name: string, options: CallFaultOptions): Disposable {
  const { at = 1, times = 1, when = () => true } = options;
  if (typeof name !== "string") throw invalidType("name", 'the name of a call, such as "accept"', name);
  if (!Object.hasOwn(errno, options.errno))
    throw invalidValue("errno", 'an error of errno(3) such as "EMFILE"', options.errno);
  if (!(Number.isInteger(at) && at > 0)) throw outOfRange("at", "an integer, more than 0", at);
  if (!(times > 0)) throw outOfRange("times", "more than 0", times);
  let seen = 0;
  const before = host.callFault;
  const fault = (call: SimCall, make: Make): unknown => {
    const isCounted = call.name === name && when(call);
    if (isCounted) seen += 1;
    if (!isCounted || seen < at || seen >= at + times) {
      return before === undefined ? make(...call.args) : before(call, make);
    }
    const error = systemError(name, options.errno);
    if (isPlainCall(name)) throw error;
    return Promise.reject(error);
  };
  host.callFault = fault;
  return {
    [Symbol.dispose]: () => {
      // One that came later may stand before it: it then counts on, and never fails again.
      if (host.callFault === fault) host.callFault = before;
      else seen = Infinity;
    },
  };
}
