import {
  AF_INET,
  AF_PACKET,
  host,
  htons,
  IPPROTO_ICMP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type Inet4Address,
} from "../../src/index.ts";
import { tell } from "../child.ts";

/* Programs whose packets are looked at. */

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const at = (address: string, port: number): Inet4Address => ({ family: AF_INET, address, port });

const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const IP_HEADER = 20;

export async function seesEchoRequests(count: number): Promise<void> {
  const fd = host.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  tell("listening");
  const buffer = new Uint8Array(1500);
  for (let seen = 0; seen < count;) {
    const { address, bytes: length } = await host.recvfrom(fd, buffer);
    const icmp = new DataView(buffer.buffer, IP_HEADER);
    if (icmp.getUint8(0) !== ECHO_REQUEST) continue;
    seen += 1;
    // ping's time stamp is before its pattern.
    const data = text(buffer.subarray(IP_HEADER + 8 + 16, length));
    tell({
      from: (address as Inet4Address).address,
      sequence: icmp.getUint16(6),
      data: data.includes("dia") ? "dia" : data,
    });
  }
  host.close(fd);
}

export async function echoes(address: string): Promise<void> {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, at(address, 0));
  host.listen(listener);
  const datagrams = host.socket(AF_INET, SOCK_DGRAM);
  host.bind(datagrams, at(address, 0));
  host.acceptFlow(listener, {
    connection: (fd) => void host.flow(fd, { data: (data, flow) => void flow.write(data) }),
  });
  host.datagramFlow(datagrams, { datagram: (data, from, flow) => void flow.send(data, from) });
  tell({
    tcp: (host.getsockname(listener) as Inet4Address).port,
    udp: (host.getsockname(datagrams) as Inet4Address).port,
  });
}

export async function sends(address: string, ports: { tcp: number; udp: number }): Promise<void> {
  const stream = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(stream, at(address, ports.tcp));
  const tcp = await answer(stream, "hello");
  const datagram = host.socket(AF_INET, SOCK_DGRAM);
  await host.connect(datagram, at(address, ports.udp));
  const udp = await answer(datagram, "datagram");
  tell({ tcp, udp, icmp: await echo(address, "echo") });
  for (const fd of [stream, datagram]) host.close(fd);
}

async function answer(fd: number, what: string): Promise<string> {
  await host.send(fd, bytes(what));
  const buffer = new Uint8Array(64);
  return text(buffer.subarray(0, await host.recv(fd, buffer)));
}

/** An ICMP echo by hand, RFC 792. */
async function echo(address: string, what: string): Promise<string> {
  const fd = host.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  const packet = new Uint8Array([ECHO_REQUEST, 0, 0, 0, 0x12, 0x34, 0, 1, ...bytes(what)]);
  new DataView(packet.buffer).setUint16(2, checksum(packet));
  await host.sendto(fd, packet, 0, at(address, 0));
  const buffer = new Uint8Array(1500);
  for (;;) {
    const { bytes: count } = await host.recvfrom(fd, buffer);
    if (buffer[IP_HEADER] !== ECHO_REPLY) continue;
    host.close(fd);
    return text(buffer.subarray(IP_HEADER + 8, count));
  }
}

/** A whole frame, from the Ethernet header on, through a packet socket. */
export async function sendsFrame(from: string, to: string, port: number): Promise<void> {
  const answered = host.socket(AF_INET, SOCK_DGRAM);
  host.bind(answered, at(from, 4000));
  const data = bytes("framed");
  const udp = udpDatagram(from, to, 4000, port, data);
  const ip = new Uint8Array([
    0x45,
    0,
    0,
    IP_HEADER + udp.length,
    0,
    1,
    0,
    0,
    64,
    IPPROTO_UDP,
    0,
    0,
    ...ipv4(from),
    ...ipv4(to),
  ]);
  new DataView(ip.buffer).setUint16(10, checksum(ip));
  const ethernet = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00];
  const fd = host.socket(AF_PACKET, SOCK_RAW, htons(0x0800));
  host.bind(fd, { family: AF_PACKET, protocol: 0x0800, interfaceIndex: host.if_nametoindex("cable") });
  await host.send(fd, new Uint8Array([...ethernet, ...ip, ...udp]));
  const buffer = new Uint8Array(64);
  tell(text(buffer.subarray(0, await host.recv(answered, buffer))));
  host.close(fd);
  host.close(answered);
}

/** RFC 768, with the checksum over the pseudo header. */
function udpDatagram(from: string, to: string, source: number, destination: number, data: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(8 + data.length);
  const view = new DataView(datagram.buffer);
  for (const [index, field] of [source, destination, datagram.length, 0].entries()) view.setUint16(index * 2, field);
  datagram.set(data, 8);
  const pseudo = [...ipv4(from), ...ipv4(to), 0, IPPROTO_UDP, 0, datagram.length];
  view.setUint16(6, checksum(new Uint8Array([...pseudo, ...datagram])));
  return datagram;
}

function ipv4(address: string): number[] {
  return address.split(".").map(Number);
}

/** RFC 1071. */
function checksum(data: Uint8Array): number {
  let sum = 0;
  for (const [index, byte] of data.entries()) sum += index % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
