import { SO_LINGER } from "../../api/constants.ts";
import type { Linger } from "../../api/options.ts";
import type { Expression } from "../language/tree.ts";
import type { Comparison } from "../run/difference.ts";
import { numberOf, type Arguments } from "./arguments.ts";
import { latin1 } from "./buffer.ts";
import { written, type ScriptCall } from "./call.ts";

/** setsockopt(2). The value's bytes are C's, as many as the script says: the kernel is to refuse a wrong length. */
export const setsockopt: ScriptCall = (session, args) => {
  args.count(5);
  const fd = session.live(args.number(0));
  const bytes = valueBytes(args, args.at(3)).subarray(0, args.number(4));
  session.target.kernel.setsockopt(fd, args.number(1), args.number(2), bytes);
  return { value: 0 };
};

/** `[1]`, `"cubic"`, `{onoff=1, linger=0}`, as they lie in memory. */
function valueBytes(args: Arguments, value: Expression | undefined): Uint8Array {
  if (value?.kind === "string") return latin1(value.text);
  if (value?.kind === "list") return integers(value.items.map((item) => numberOf(item, args.place)));
  if (value?.kind !== "structure")
    throw args.fault('the value is a list, a string or a structure: [1], "cubic", {onoff=1, linger=0}');
  // struct linger is two ints, struct timeval two longs.
  const seconds = args.field(value, "tv_sec");
  if (seconds !== undefined) return timeval(args, value, seconds);
  return integers([
    numberOf(args.field(value, "onoff", "l_onoff"), args.place),
    numberOf(args.field(value, "linger", "l_linger"), args.place),
  ]);
}

function integers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setInt32(index * 4, value, true);
  return bytes;
}

function timeval(args: Arguments, structure: Expression, seconds: Expression): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(numberOf(seconds, args.place)), true);
  view.setBigInt64(8, BigInt(numberOf(args.field(structure, "tv_usec"), args.place)), true);
  return bytes;
}

export const getsockopt: ScriptCall = (session, args) => {
  args.count(5);
  const fd = session.live(args.number(0));
  const value: unknown = session.target.kernel.getsockopt(fd, args.number(1), args.number(2));
  if (args.isLeft(3)) return { value: 0 };
  return { value: 0, written: compareValue(args, args.at(3), args.number(2), value) };
};

function compareValue(args: Arguments, wanted: Expression | undefined, name: number, value: unknown): Comparison[] {
  if (wanted?.kind === "string") return [written("value", wanted.text, String(value))];
  if (wanted?.kind === "structure" && name === SO_LINGER) {
    const { onoff, linger } = value as Linger;
    return [
      written("onoff", numberOf(args.field(wanted, "onoff", "l_onoff"), args.place), Number(onoff)),
      written("linger", numberOf(args.field(wanted, "linger", "l_linger"), args.place), linger),
    ];
  }
  if (wanted?.kind !== "list" || wanted.items.length !== 1) throw args.fault("the value is a list of one number");
  const [only] = wanted.items;
  return only?.kind === "ellipsis" ? [] : [written("value", numberOf(only, args.place), Number(value))];
}
