import type { FlowHandler } from "../../src/api/flow.ts";
import type { ConnectionHandler, FlowFactory, Socket } from "../../src/index.ts";

const text = new TextDecoder();

/**
 * Echoes. Some words mean more: "throw" throws, "crash" ends the worker, "who" answers with the client's address,
 * "hang" waits for ever, "spin" never gives the processor back.
 */
export const handler: ConnectionHandler = async (socket, context) => {
  for (;;) {
    const data = await socket.recv(65536);
    if (data.length === 0) return;
    const word = text.decode(data);
    if (word === "throw") throw new RangeError("as told");
    if (word === "crash") return crash();
    if (word === "spin") await spin(socket);
    if (word === "hang") await new Promise(() => undefined);
    if (word === "who") await socket.sendAll(Buffer.from(JSON.stringify(context.proxy?.source ?? context.address)));
    else await socket.sendAll(data);
  }
};

async function crash(): Promise<void> {
  setImmediate(() => {
    throw new RangeError("crashed");
  });
  await new Promise(() => undefined);
}

async function spin(socket: Socket): Promise<void> {
  await socket.sendAll(Buffer.from("spinning"));
  for (;;);
}

/** The same by flows. */
export const echoFlow: FlowFactory = ({ address, proxy }): FlowHandler => ({
  data(chunk, flow) {
    const word = text.decode(chunk);
    if (word === "throw") throw new RangeError("as told");
    const answer = word === "who" ? Buffer.from(JSON.stringify(proxy?.source ?? address)) : chunk;
    if (!flow.write(answer)) flow.pause();
  },
  drain(flow) {
    flow.resume();
  },
});
