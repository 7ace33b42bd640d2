import assert from "node:assert/strict";
import { test } from "node:test";
import { createHost, SHUT_WR } from "../../src/index.ts";
import { pairs, skip, TINY, until } from "./ring.ts";

test("kernels of both engines serve each other in one thread", { skip }, async () => {
  const one = createHost({ engine: "io_uring", ring: TINY });
  const other = createHost({ engine: "epoll" });
  const third = createHost({ engine: "io_uring" });
  const { near, far } = pairs(one, 20);
  for (const fd of far) other.adopt(one.detach(fd));
  for (const fd of far.slice(10)) third.adopt(other.detach(fd));
  const bytes = new Uint8Array(30_000).fill(9);
  const flows = near.map((fd) => one.flow(fd, { data: (chunk, flow) => void flow.write(chunk) }));
  const received = await Promise.all(
    far.map(async (fd, at) => {
      const kernel = at < 10 ? other : third;
      const sending = kernel.send(fd, bytes).then(() => kernel.shutdown(fd, SHUT_WR));
      let count = 0;
      for (let last = -1; last !== 0; count += last) last = await kernel.recv(fd, new Uint8Array(5000));
      await sending;
      kernel.close(fd);
      return count;
    }),
  );
  assert.deepEqual(
    received,
    far.map(() => bytes.length),
  );
  await until(() => flows.every(({ fd }) => fd < 0));
  for (const kernel of [one, other, third]) {
    const { waits, descriptors } = kernel.inspect();
    assert.deepEqual({ waits, descriptors }, { waits: 0, descriptors: 0 });
  }
});
