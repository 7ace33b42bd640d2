/** Wireshark reads the captures that are written here, and the frames in them, and finds no fault. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINKTYPE_ETHERNET } from "../../src/wire/pcapng-format.ts";
import { PcapngWriter } from "../../src/wire/pcapng-writer.ts";
import { type SampleFrame, sampleFrames } from "../wire/sample-frames.ts";
import { fields, missing, tshark } from "./tshark.ts";

/** A capture of the frames, a millisecond between them, each with its name as the comment. */
function captureOf(frames: readonly SampleFrame[]): Uint8Array {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((block) => blocks.push(block.slice()));
  writer.section({ application: "dialtone", comments: ["one frame of each format"] });
  const link = writer.interface({ linkType: LINKTYPE_ETHERNET, name: "link0", description: "a link" });
  writer.names([
    { address: Uint8Array.of(10, 0, 0, 1), names: ["client"] },
    { address: Uint8Array.of(10, 0, 0, 2), names: ["server", "other"] },
    { address: Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), names: ["client6"] },
  ]);
  for (const [i, { name, bytes }] of frames.entries()) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const direction = i % 2 === 0 ? "out" : "in";
    writer.packet(link, view, 0, bytes.length, { timeUs: 1e15 + i * 1000 + 0.5, direction, comments: [name] });
  }
  return Uint8Array.from(blocks.flatMap((block) => [...block]));
}

/** Versions differ in whether a name is said twice, and in what they call bytes that nobody dissects. */
const plain = (protocols = ""): string => protocols.replace(/:(\w+):\1$/, ":$1").replace(/:data$/, "");

test("every format is what tshark takes it for, with nothing malformed", { skip: missing }, () => {
  const frames = sampleFrames();
  const lines = tshark(captureOf(frames), ...fields("frame.comment", "frame.protocols", "_ws.malformed"));
  assert.deepEqual(
    lines.map(([name, protocols, malformed]) => ({ name, protocols: plain(protocols), malformed })),
    frames.map(({ name, protocols }) => ({ name, protocols: plain(protocols), malformed: "" })),
  );
});

test("a wrong checksum would be seen", { skip: missing }, () => {
  const frames = sampleFrames();
  for (const { bytes } of frames) bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  const lines = tshark(captureOf(frames), "-Y", '_ws.expert.message contains "hecksum"', ...fields("frame.comment"));
  // ARP has none, and of DHCP the last byte is padding that is summed like all others.
  assert.equal(lines.length, frames.length - 1);
});

test("its experts have nothing to say but that a connection closes", { skip: missing }, () => {
  const CHAT = 0x200000;
  const expert = ["-Y", `_ws.expert.severity > ${CHAT}`, ...fields("frame.number", "_ws.expert.message")];
  const said = tshark(captureOf(sampleFrames()), ...expert).map(([, messages = ""]) => messages);
  assert.equal(said.length, 2);
  for (const messages of said)
    assert.match(messages, /^FIN( back)?,Connection finish \(FIN\),This frame \w+ the connection/);
});

test("times, directions, the interface and names come through", { skip: missing }, () => {
  const arguments_ = fields("frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "ip.src_host");
  const lines = tshark(captureOf(sampleFrames()), "-N", "nd", "-Y", "udp && ip", ...arguments_);
  assert.ok(lines.length > 0);
  for (const [time, name, direction] of lines) {
    assert.match(time ?? "", /^1000000000\.\d{3}000500$/);
    assert.equal(name, "link0");
    assert.match(direction ?? "", /^0x0000000[12]$/);
  }
  assert.ok(lines.some(([, , , host]) => host === "client"));
});
