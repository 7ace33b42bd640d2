/** Sends bulk datagrams by sendmsg with UDP_SEGMENT: the kernel cuts one buffer into datagrams. */
import { AF_INET, IPPROTO_UDP, SOCK_DGRAM, UDP_SEGMENT, controlMessage, host } from "dialtone";
import { answered, port, run, size } from "./udp-bulk-sender.ts";
import { SEGMENTS_LIMIT, datagrams } from "./udp-bulk-wire.ts";

const fd = host.socket(AF_INET, SOCK_DGRAM);
await host.connect(fd, { family: AF_INET, address: "127.0.0.1", port });
const data = datagrams(size).subarray(0, SEGMENTS_LIMIT * size);
const message = { data, control: [controlMessage(IPPROTO_UDP, UDP_SEGMENT, size)] };

async function hear(): Promise<void> {
  const answer = new Uint8Array(64);
  for (;;) answered(answer.subarray(0, await host.recv(fd, answer)));
}

const heard = hear().catch(() => {}); // until the descriptor is closed
await run({ burst: () => host.sendmsg(fd, message), ask: () => host.send(fd, new Uint8Array(1)) });
host.close(fd);
await heard;
