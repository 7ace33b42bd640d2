import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_UNIX, SOCK_STREAM } from "../../api/constants.ts";
import { createStack } from "../../stack.ts";

test("each number is the lowest that is free, and there is a limit", () => {
  const { kernel } = createStack({ descriptorLimit: 4 });
  const open = (): number => kernel.socket(AF_UNIX, SOCK_STREAM);
  assert.deepEqual([open(), open(), open()], [0, 1, 2]);
  kernel.close(1);
  assert.equal(kernel.dup(0), 1);
  assert.equal(open(), 3);
  assert.throws(open, { code: "EMFILE", syscall: "socket" });
  assert.throws(() => kernel.dup(0), { code: "EMFILE", syscall: "dup" });
  assert.throws(() => kernel.socketpair(AF_UNIX, SOCK_STREAM), { code: "EMFILE" });
});

test("a description lives until its last descriptor and the last message that has it are gone", async () => {
  const { kernel } = createStack();
  const [near, far] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  const copy = kernel.dup(near);
  kernel.close(near);
  await kernel.send(copy, new Uint8Array(1));
  assert.equal(await kernel.recv(far, new Uint8Array(8)), 1);
  kernel.close(copy);
  assert.equal(await kernel.recv(far, new Uint8Array(8)), 0);
});

test("a path is a name that close leaves and unlink removes", () => {
  const { kernel } = createStack();
  const address = { family: AF_UNIX, path: "/run/name" } as const; // no file
  const bind = (): void => kernel.bind(kernel.socket(AF_UNIX, SOCK_STREAM), address);
  bind();
  kernel.close(0);
  assert.throws(bind, { code: "EADDRINUSE" });
  assert.equal(kernel.unlink(address.path), true);
  assert.equal(kernel.unlink(address.path), false);
  bind();
});
