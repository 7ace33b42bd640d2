import { invalidValue } from "../../api/errors.ts";
import type { PacketView } from "./packet-view.ts";

/**
 * What becomes of a packet. `undefined` and "pass": nothing. "drop": it is lost. "duplicate": it comes twice. "hold":
 * it waits until the rule is disposed. `{ delayMs }`: it is sent on later, and others may overtake it. `{ change }`:
 * the bytes of its frame are changed in place, and the receiver is to find that out.
 */
export type Verdict =
  | "pass"
  | "drop"
  | "duplicate"
  | "hold"
  | { readonly delayMs: number }
  | { readonly change: (frame: Uint8Array) => void }
  | undefined;

/** A fault as a value: looks at a packet and says what becomes of it. It must not keep the packet. */
export type Rule = (packet: PacketView) => Verdict;

/** A verdict that was checked. */
export type CheckedVerdict = Exclude<Verdict, undefined>;

/** Checks what a rule has said. Errors: ERR_INVALID_ARG_VALUE. */
export function checkVerdict(verdict: Verdict): CheckedVerdict {
  if (verdict === undefined || verdict === "pass") return "pass";
  if (verdict === "drop" || verdict === "duplicate" || verdict === "hold") return verdict;
  if (typeof verdict === "object") {
    if ("delayMs" in verdict && verdict.delayMs >= 0 && verdict.delayMs < Infinity) return verdict;
    if ("change" in verdict && typeof verdict.change === "function") return verdict;
  }
  const accepted = '"pass", "drop", "duplicate", "hold", { delayMs } or { change }';
  throw invalidValue("the verdict of a rule", accepted, verdict);
}

/** The verdict of several rules in their order: the first that does not let the packet pass. */
export function firstOf(...rules: readonly Rule[]): Rule {
  return (packet) => {
    for (const rule of rules) {
      const verdict = rule(packet);
      if (verdict !== undefined && verdict !== "pass") return verdict;
    }
    return "pass";
  };
}
