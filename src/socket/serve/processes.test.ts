import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_UNIX, SCM_RIGHTS, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET } from "../../api/constants.ts";
import { controlMessage } from "../../api/message.ts";
import { createHost } from "../../host/host.ts";
import { sockaddrEncode } from "../../netdb/sockaddr.ts";
import { Connections } from "./connections.ts";
import { receivePassed } from "./processes.ts";

test("a descriptor that the kernel dropped is counted as lost, and the next is served", async () => {
  const kernel = createHost();
  const [sender, receiver] = kernel.socketpair(AF_UNIX, SOCK_SEQPACKET);
  const [mine, passed] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  const addresses: unknown[] = [];
  const connections = new Connections(kernel, {
    stopping: new AbortController().signal,
    serving: {
      handler: async (socket, { address }) => {
        addresses.push(address);
        await socket.sendAll(Uint8Array.of(7));
      },
    },
  });
  const end = new AbortController();
  const receiving = receivePassed(kernel, receiver, connections, end.signal);

  // Without room for one more descriptor the kernel delivers the message without it (MSG_CTRUNC).
  const client = { family: AF_UNIX, path: "/client" } as const;
  await kernel.sendmsg(sender, { data: sockaddrEncode(client) });
  const control = [controlMessage(SOL_SOCKET, SCM_RIGHTS, [passed])];
  await kernel.sendmsg(sender, { data: sockaddrEncode(client), control });
  kernel.close(passed);

  const buffer = new Uint8Array(10);
  assert.equal(await kernel.recv(mine, buffer), 1);
  assert.equal(await kernel.recv(mine, buffer), 0);
  const { accepted, closed, lost } = connections.counters();
  assert.deepEqual([accepted, closed, lost], [2, 2, 1]);
  assert.deepEqual(addresses, [client]);

  end.abort();
  await receiving;
  for (const fd of [sender, receiver, mine]) kernel.close(fd);
});
