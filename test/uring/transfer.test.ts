import assert from "node:assert/strict";
import { test } from "node:test";
import { createHost } from "../../src/index.ts";
import { pairs, skip, until } from "./ring.ts";

test("the memory of chunks cannot be transferred away: a program that tries loses nothing", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring" });
  const { near, far } = pairs(kernel, 1);
  const told: string[] = [];
  const flow = kernel.flow(near[0] as number, {
    data(chunk) {
      try {
        structuredClone(0, { transfer: [chunk.buffer as ArrayBuffer] });
      } catch (error) {
        assert.match((error as Error).name, /DataCloneError|TypeError/);
      }
      told.push(Buffer.from(chunk).toString());
    },
  });
  for (const word of ["one", "two", "three"]) {
    kernel.sendSync(far[0] as number, Buffer.from(word));
    await until(() => told.at(-1) === word);
  }
  assert.deepEqual(told, ["one", "two", "three"]);
  flow.close();
  kernel.close(far[0] as number);
});
