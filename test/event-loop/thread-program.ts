import { parentPort, workerData } from "node:worker_threads";
import { AF_INET, host, SOCK_STREAM, type Flow } from "../../src/index.ts";

/* A thread with a server and a client of its own, by calls and then by flows. */

const rounds = workerData as number;
const listener = host.socket(AF_INET, SOCK_STREAM);
host.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
host.listen(listener);

async function connection(): Promise<[client: number, server: number]> {
  const client = host.socket(AF_INET, SOCK_STREAM);
  const [{ fd }] = await Promise.all([host.accept(listener), host.connect(client, host.getsockname(listener))]);
  return [client, fd];
}

async function pull(): Promise<number> {
  const [client, server] = await connection();
  const echo = async (): Promise<void> => {
    const buffer = new Uint8Array(16);
    for (let bytes; (bytes = await host.recv(server, buffer)) > 0;) await host.send(server, buffer.subarray(0, bytes));
  };
  const echoing = echo();
  const buffer = new Uint8Array(16);
  let done = 0;
  for (; done < rounds; done += 1) {
    await host.send(client, buffer);
    await host.recv(client, buffer);
  }
  host.close(client);
  await echoing;
  host.close(server);
  return done;
}

async function push(): Promise<number> {
  const [client, server] = await connection();
  host.flow(server, { data: (data, flow) => void flow.write(data) });
  return new Promise((resolve) => {
    let done = 0;
    const next = (_data: Uint8Array, flow: Flow): void => {
      done += 1;
      if (done < rounds) flow.write(new Uint8Array(16));
      else flow.end();
    };
    host.flow(client, { data: next, close: () => resolve(done) }).write(new Uint8Array(16));
  });
}

const pulled = await pull();
const pushed = await push();
host.close(listener);
parentPort?.postMessage({ pulled, pushed });
