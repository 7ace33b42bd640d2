import assert from "node:assert/strict";
import { test } from "node:test";
import { createHost, MSG_DONTWAIT, type Flow } from "../../src/index.ts";
import { codeOf, pairs, skip, until } from "./ring.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

for (const how of ["close", "detach"] as const) {
  test(
    `a flow's ${how} by the handler of another leaves what third ones have received as it was`,
    { skip },
    async () => {
      const kernel = createHost({ engine: "io_uring" });
      const { near, far } = pairs(kernel, 5);
      const told: string[] = [];
      const flows: Flow[] = near.map((fd, index) =>
        kernel.flow(fd, {
          data(chunk) {
            told.push(`${index} ${text(chunk)}`);
            // The fourth's bytes lie behind the second's and the third's, which were not told yet.
            if (index === 0) flows[3]?.[how]();
          },
        }),
      );
      await until(() => kernel.inspect()["takers"] === 5);
      // All in one batch, in one buffer.
      const words = ["one", "second", "the third", "fourth!", "and the fifth"];
      for (const [index, word] of words.entries()) kernel.sendSync(far[index] as number, Buffer.from(word));
      await until(() => told.length >= (how === "close" ? 4 : 5));
      assert.deepEqual(
        told.toSorted(),
        words.flatMap((word, at) => (how === "close" && at === 3 ? [] : `${at} ${word}`)),
      );
      for (const fd of [...near.filter((_fd, at) => at !== 3 || how === "detach"), ...far]) kernel.close(fd);
    },
  );
}

test("a close is the peer's end of the stream at once, whatever else is ready", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring" });
  const { near, far } = pairs(kernel, 200);
  const flows = near.map((fd) => kernel.flow(fd, { data: () => undefined }));
  await until(() => kernel.inspect()["takers"] === 200);
  await new Promise((resolve) => setImmediate(resolve));
  // More work for the kernel than it does in one call.
  for (const fd of far) kernel.sendSync(fd, new Uint8Array(10));
  flows[150]?.close();
  const peer = far[150] as number;
  const result = codeOf(() => assert.equal(kernel.recvSync(peer, new Uint8Array(1), MSG_DONTWAIT), 0));
  // What it had not received resets the connection.
  assert.ok(["none", "ECONNRESET"].includes(result), result);
  for (const flow of flows) flow.close();
  for (const fd of far) kernel.close(fd);
});
