import { createInterface } from "node:readline";
import { host, listenFds, serve, type Kernel } from "../../src/index.ts";
import { tell } from "../child.ts";
import { FakeClock } from "./fake-clock.ts";
import { echoFlow, handler } from "./handlers.ts";
import { LOOPBACK, SHAPES } from "./shapes.ts";

/* Servers that run in processes of their own. They do what their standard input says, and end with it. */

function onCommands(commands: Readonly<Record<string, () => unknown>>, ended: () => unknown): void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void commands[line]?.());
  lines.on("close", () => void ended());
}

/**
 * A server with few descriptors. It tells its address, then each time that `accept` fails, with the times it was
 * called.
 */
export async function withFewDescriptors(flow: boolean): Promise<void> {
  const clock = new FakeClock();
  let calls = 0;
  const accept: Kernel["accept"] = async (fd, options) => {
    calls += 1;
    try {
      return await host.accept(fd, options);
    } catch (error) {
      tell({ calls, code: (error as { code: string }).code });
      throw error;
    }
  };
  const serving = flow ? { flow: echoFlow } : { handler };
  const server = await serve({ ...host, clock, accept }, { address: LOOPBACK, ...serving });
  tell(server.address);
  onCommands({ advance: () => clock.advance(100), stats: () => tell({ calls, ...server.stats() }) }, () =>
    server.close(),
  );
}

/** A server on what the service manager passed. */
export async function activated(activation: true | string): Promise<void> {
  try {
    await using server = await serve(host, { activation, handler });
    tell({ passed: listenFds(host, { unset: true }), again: listenFds(host), address: server.address });
    await new Promise<void>((resolve) => onCommands({}, resolve));
  } catch (error) {
    tell({ error: (error as Error).message });
  }
}

/** A server that does not keep its program alive; or does, after all. It holds no standard input. */
export async function unreferenced(shape: string, again: boolean): Promise<void> {
  const server = await serve(host, { address: LOOPBACK, ...SHAPES[shape] });
  server.unref();
  if (again) server.ref();
  tell(server.address);
}
