import { tcpFlagsText } from "../../trace/tcp-text.ts";
import type { IcmpBody, IpInfo, PacketBody, TcpBody, TcpOption } from "../language/tree.ts";

export function optionText(option: TcpOption): string {
  switch (option.kind) {
    case "mss":
    case "wscale":
      return `${option.kind} ${option.value}`;
    case "TS":
      return `TS val ${option.value} ecr ${option.echo}`;
    case "sack":
      return `sack ${option.blocks.map(({ start, end }) => `${start}:${end}`).join(" ")}`;
    case "FO":
    case "FOEXP":
    case "md5":
      return `${option.kind} ${hex(option.bytes)}`.trim();
    case "unknown":
      return `kind ${option.number} ${hex(option.bytes)}`.trim();
    default:
      return option.kind;
  }
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A packet as its fields and their texts, in the order of the language. What is not said has no entry. */
export function packetFields(ip: IpInfo, body: PacketBody): Map<string, string> {
  const fields = new Map<string, string>();
  if (ip.ecn !== undefined) fields.set("ecn", ip.ecn);
  if (ip.trafficClass !== undefined) fields.set("tos", `0x${ip.trafficClass.toString(16)}`);
  if (ip.hopLimit !== undefined) fields.set("ttl", String(ip.hopLimit));
  if (ip.flowLabel !== undefined) fields.set("flowlabel", `0x${ip.flowLabel.toString(16)}`);
  if (body.kind !== "icmp" && body.ports !== undefined) {
    fields.set("ports", `${body.ports.source} > ${body.ports.destination}`);
  }
  if (body.kind === "tcp") addTcp(fields, body);
  else if (body.kind === "udp") fields.set("udp", `udp (${body.length})`);
  else fields.set("icmp", icmpText(body));
  return fields;
}

function addTcp(fields: Map<string, string>, body: TcpBody): void {
  const { start, end, length } = body.sequence;
  fields.set("flags", tcpFlagsText(body.flags));
  fields.set("sequence", `${start}:${end}(${length})`);
  if (body.acknowledgement !== undefined) fields.set("ack", `ack ${body.acknowledgement}`);
  if (body.window !== undefined) fields.set("win", `win ${body.window}`);
  if (body.urgentPointer !== undefined) fields.set("urg", `urg ${body.urgentPointer}`);
  if (body.options === undefined) fields.set("options", "<...>");
  else if (body.options.length > 0) fields.set("options", `<${body.options.map(optionText).join(",")}>`);
}

export function icmpText({ type, code, mtu, id, about }: IcmpBody): string {
  const words = ["icmp", type];
  if (code !== undefined) words.push(code);
  if (mtu !== undefined) words.push(`mtu ${mtu}`);
  if (id !== undefined) words.push(`id ${id}`);
  if (about !== undefined) {
    if ("udp" in about) words.push(`[udp (${about.udp})]`);
    else if ("raw" in about) words.push(`[raw (${about.raw})]`);
    else words.push(`[${about.start}:${about.end}(${about.length})]`);
  }
  return words.join(" ");
}

/** A packet in one line. */
export function packetText(ip: IpInfo, body: PacketBody): string {
  const { ecn, ...rest } = Object.fromEntries(packetFields(ip, body));
  return [...(ecn === undefined ? [] : [`[${ecn}]`]), ...Object.values(rest)].join(" ");
}
