import { invalidValue } from "../../api/errors.ts";
import type { Port } from "../port.ts";

/** Which ports somebody wants to see: names of machines ("client") or of ports ("client.eth0"); all unless given. */
export type PortNames = string | readonly string[];

/** Whether a port is among those chosen. Errors: ERR_INVALID_ARG_VALUE for names that nothing has. */
export function portChoice(names: PortNames | undefined, isKnown: (name: string) => boolean): (port: Port) => boolean {
  if (names === undefined) return () => true;
  const chosen = new Set(typeof names === "string" ? [names] : names);
  for (const name of chosen) {
    if (!isKnown(name)) throw invalidValue("at", "names of machines or of their ports, such as client.eth0", name);
  }
  return ({ name }) => chosen.has(name) || chosen.has(machineOf(name));
}

/** The machine that a port is of: "client" of "client.eth0". */
export function machineOf(port: string): string {
  return port.slice(0, port.lastIndexOf("."));
}
