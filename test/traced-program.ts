import { AF_INET, SOCK_DGRAM } from "../src/api/constants.ts";
import type { WorkerProgram } from "../src/api/kernel.ts";

/** What a worker does in the tests: two calls, and a message. */
const program: WorkerProgram = (kernel, port, data) => {
  kernel.close(kernel.socket(AF_INET, SOCK_DGRAM));
  port.post({ said: (data as { say: string }).say });
  // A process without work would end before it is told to.
  port.onMessage(() => undefined);
};

export default program;
