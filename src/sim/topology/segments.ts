import { HostInterface } from "../host-interface.ts";
import type { Link } from "../link/link.ts";
import { Switch, switchOf } from "../nodes/switch.ts";
import type { Port } from "../port.ts";

/** Host interfaces that hear each other's broadcasts: one cable, or switches and all cables to them. */
export type Segment = readonly HostInterface[];

/** What a port is a part of, as far as broadcasts go: its switch, or itself. */
function place(port: Port): Switch | Port {
  return switchOf(port) ?? port;
}

/** All segments, in the order of their links; an interface without a cable is one of its own. */
export function segmentsOf(links: readonly Link[], interfaces: readonly HostInterface[]): Segment[] {
  const neighbours = new Map<Switch | Port, (Switch | Port)[]>();
  const join = (one: Switch | Port, other: Switch | Port): void => {
    const all = neighbours.get(one);
    if (all === undefined) neighbours.set(one, [other]);
    else all.push(other);
  };
  for (const { there } of links) {
    join(place(there.from), place(there.to));
    join(place(there.to), place(there.from));
  }
  const seen = new Set<Switch | Port>();
  const segments: Segment[] = [];
  for (const start of interfaces) {
    if (seen.has(start)) continue;
    seen.add(start);
    const reached: (Switch | Port)[] = [start];
    // The list grows while it is walked.
    for (const one of reached) {
      for (const next of neighbours.get(one) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        reached.push(next);
      }
    }
    segments.push(reached.filter((one) => one instanceof HostInterface));
  }
  return segments;
}

/** Whether a cable between two switches would close a loop, in which broadcasts run round for ever. */
export function closesLoop(links: readonly Link[], one: Port, other: Port): boolean {
  const from = switchOf(one);
  const to = switchOf(other);
  if (from === undefined || to === undefined) return false;
  const reached: Switch[] = [from];
  for (const current of reached) {
    if (current === to) return true;
    for (const { there } of links) {
      const [first, second] = [switchOf(there.from), switchOf(there.to)];
      if (first === undefined || second === undefined) continue;
      const next = first === current ? second : second === current ? first : undefined;
      if (next !== undefined && !reached.includes(next)) reached.push(next);
    }
  }
  return false;
}
