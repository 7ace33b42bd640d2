import type { PollEntry } from "../../api/kernel.ts";
import { numberOf } from "./arguments.ts";
import { written, type ScriptCall } from "./call.ts";

/** fcntl(2): its argument may be left out. */
export const fcntl: ScriptCall = (session, args) => {
  args.count(2, 3);
  const argument = args.at(2) === undefined ? 0 : args.number(2);
  return { value: session.target.kernel.fcntl(session.live(args.number(0)), args.number(1), argument) };
};

/** ioctl(2) of the requests whose argument is one integer, given or written: `[1000]`. */
export const ioctl: ScriptCall = (session, args) => {
  args.count(2, 3);
  const fd = session.live(args.number(0));
  const [wanted] = args.at(2) === undefined ? [] : args.list(2);
  const argument = wanted === undefined || wanted.kind === "ellipsis" ? undefined : numberOf(wanted, args.place);
  const answer = session.target.kernel.ioctl(fd, args.number(1), argument);
  return argument === undefined ? { value: 0 } : { value: 0, written: answered(args.number(1), argument, answer) };
};

/** FIONBIO: it answers nothing, and its argument is what it sets. */
const SETS: ReadonlySet<number> = new Set([0x5421]);

function answered(request: number, wanted: number, answer: number): ReturnType<typeof written>[] {
  return SETS.has(request) ? [] : [written("argument", wanted, answer)];
}

/** poll(2): `poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 0) = 1` */
export const poll: ScriptCall = async (session, args) => {
  args.count(3);
  const items = args.list(0);
  const entries: PollEntry[] = items.map((item) => ({
    fd: session.live(numberOf(args.field(item, "fd"), args.place)),
    events: numberOf(args.field(item, "events"), args.place),
    revents: 0,
  }));
  const value = await session.target.kernel.poll(entries, args.number(2));
  const checks = items.map((item, index) => {
    const wanted = args.field(item, "revents");
    const expected = wanted === undefined ? 0 : numberOf(wanted, args.place);
    return written(`revents ${index + 1}`, expected, entries[index]?.revents ?? 0);
  });
  return { value, written: checks };
};
