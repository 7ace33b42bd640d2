import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET } from "../../api/constants.ts";
import type { Kernel, Worker, WorkerProgram } from "../../api/kernel.ts";
import { controlMessage, controlValue } from "../../api/message.ts";
import { createHost } from "../host.ts";

/** What the workers of these tests do, by the data that they are started with. */
const program: WorkerProgram = async (kernel, port, data, channel) => {
  if (data === "throw") throw Object.assign(new TypeError("as told"), { code: "E_TOLD" });
  if (data === "throw later") {
    setImmediate(() => {
      throw new RangeError("later");
    });
    return new Promise(() => undefined);
  }
  if (data === "serve number") {
    const fd = await new Promise<number>((resolve) => port.onMessage((message) => resolve(message as number)));
    kernel.adopt?.(fd);
    return void (await kernel.send(fd, Buffer.from("from the thread")));
  }
  if (data === "serve passed") {
    const { control } = await kernel.recvmsg(channel as number, { data: new Uint8Array(1) });
    const [fd] = controlValue(control, SOL_SOCKET, SCM_RIGHTS) as [number];
    return void (await kernel.send(fd, Buffer.from("from the process")));
  }
  port.onMessage((message) => port.post({ echo: message }));
  if (data === "stay") return new Promise(() => undefined);
  return undefined;
};
export default program;

const here = new URL(import.meta.url);
const message = (worker: Worker): Promise<unknown> => new Promise((resolve) => worker.onMessage(resolve));
const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

// Only the test runner's process runs the tests: the workers import this file, too.
const isWorker = process.env["DT_WORKERS_TEST"] === "worker";
process.env["DT_WORKERS_TEST"] = "worker";

if (!isWorker) {
  const kernel = createHost();
  const { workers } = kernel as Kernel & Required<Pick<Kernel, "workers">>;
  for (const kind of ["thread", "process"] as const) {
    suite(`a ${kind}`, () => {
      test("hears what is posted, at once too, and answers", async () => {
        const worker = workers[kind](here, "stay");
        const answer = message(worker);
        worker.post({ n: 1n, bytes: Uint8Array.of(1) });
        assert.deepEqual(await answer, { echo: { n: 1n, bytes: Uint8Array.of(1) } });
        worker.terminate();
        await worker.exited;
      });

      test("ends when its program has settled", async () => {
        assert.equal(await workers[kind](here, "return").exited, 0);
      });

      test("rejects with what the program threw, at once or later", async () => {
        await assert.rejects(workers[kind](here, "throw").exited, { name: "TypeError", message: "as told" });
        await assert.rejects(workers[kind](here, "throw later").exited, { name: "RangeError", message: "later" });
      });

      test("rejects when there is no such module", async () => {
        await assert.rejects(
          workers[kind](new URL("./no-such-module.js", import.meta.url), 0).exited,
          /no-such-module/,
        );
      });

      test("leaves no descriptor behind when it is terminated", async () => {
        await workers[kind](here, "return").exited;
        const before = openDescriptors();
        const worker = workers[kind](here, "stay");
        const answer = message(worker);
        worker.post("ready?");
        await answer;
        worker.terminate();
        await worker.exited;
        assert.equal(openDescriptors(), before);
      });
    });
  }

  test("a thread serves a descriptor that it is told the number of", async () => {
    const [mine, its] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
    const worker = workers.thread(here, "serve number");
    worker.post(kernel.detach(its));
    assert.equal(await receiveAll(kernel, mine), "from the thread");
    await worker.exited;
  });

  test("a process serves a descriptor that it is passed", async () => {
    const [mine, its] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
    const worker = workers.process(here, "serve passed");
    const control = [controlMessage(SOL_SOCKET, SCM_RIGHTS, [its])];
    await kernel.sendmsg(worker.channel, { data: Uint8Array.of(0), control });
    kernel.close(its);
    assert.equal(await receiveAll(kernel, mine), "from the process");
    await worker.exited;
  });
}

/** Until the end: the other side was closed with its worker. */
async function receiveAll(kernel: Kernel, fd: number): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(100);
  for (;;) {
    const bytes = await kernel.recv(fd, buffer);
    if (bytes === 0) break;
    text += Buffer.from(buffer.subarray(0, bytes)).toString();
  }
  kernel.close(fd);
  return text;
}
