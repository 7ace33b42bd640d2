import { inspectStack } from "../../stack/inspect.ts";
import type { Host } from "../host.ts";
import { socketTable } from "./socket-table.ts";
import { tableText } from "./table-text.ts";

/** What a host knows, as its administrator would ask for it. */
export type TableName = "sockets" | "routes" | "neighbours" | "interfaces";

const TABLES: Readonly<Record<TableName, (host: Host) => string>> = {
  sockets: ({ stack }) =>
    tableText(
      ["Netid", "State", "Recv-Q", "Send-Q", "Local", "Peer"],
      socketTable(stack).map((row) => [row.protocol, row.state, row.receiveQueue, row.sendQueue, row.local, row.peer]),
    ),
  routes: ({ stack }) => lines(inspectStack(stack.stack).routes),
  neighbours: ({ stack }) => lines(inspectStack(stack.stack).neighbours),
  interfaces: ({ stack }) =>
    tableText(
      ["Name", "MTU", "Hardware", "Addresses", "RX-packets", "TX-packets", "RX-dropped", "TX-dropped"],
      inspectStack(stack.stack).interfaces.map(({ name, mtu, hardwareAddress, addresses, counters }) => [
        name,
        mtu,
        hardwareAddress ?? "-",
        addresses.join(", ") || "-",
        counters["receivedPackets"] ?? 0,
        counters["sentPackets"] ?? 0,
        counters["receiveDropped"] ?? 0,
        counters["sendDropped"] ?? 0,
      ]),
    ),
};

/** A table of a host as text: `ss -an`, `ip route`, `ip neighbour`, `ip -s address`. */
export function hostTable(host: Host, name: TableName): string {
  return TABLES[name](host);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
