import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  BPF_A,
  BPF_ABS,
  BPF_ALU,
  BPF_B,
  BPF_DIV,
  BPF_H,
  BPF_IMM,
  BPF_JA,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_LEN,
  BPF_MSH,
  BPF_RET,
  BPF_ST,
  BPF_W,
  SKF_AD_OFF,
  SKF_AD_PKTTYPE,
} from "../../../api/constants.ts";
import { isProgram, runFilter, type FilterSubject } from "./classic-bpf.ts";

const op = (code: number, k = 0, jt = 0, jf = 0) => ({ code, k, jt, jf });
const RETURN_A = op(BPF_RET | BPF_A);

function subject(...bytes: number[]): FilterSubject {
  return {
    bytes: Uint8Array.from([0xee, ...bytes]),
    start: 1,
    end: bytes.length + 1,
    protocol: 0x0800,
    packetType: 4,
    interfaceIndex: 1,
  };
}

test("loads are big-endian, from where the packet begins", () => {
  const loads = [
    [BPF_B, 0x12],
    [BPF_H, 0x1234],
    [BPF_W, 0x12345678],
  ] as const;
  for (const [size, value] of loads) {
    assert.equal(runFilter([op(BPF_LD | size | BPF_ABS), RETURN_A], subject(0x12, 0x34, 0x56, 0x78)), value);
  }
  assert.equal(runFilter([op(BPF_LD | BPF_W | BPF_LEN), RETURN_A], subject(1, 2, 3)), 3);
  assert.equal(runFilter([op(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE), RETURN_A], subject()), 4);
});

test("a load from behind the end, and a division by zero, drop the packet", () => {
  const accept = op(BPF_RET | BPF_K, 9);
  assert.equal(runFilter([op(BPF_LD | BPF_H | BPF_ABS, 1), accept], subject(1, 2)), 0);
  assert.equal(runFilter([op(BPF_LDX | BPF_B | BPF_MSH, 2), accept], subject(1, 2)), 0);
  assert.equal(runFilter([op(BPF_ALU | BPF_DIV | BPF_K, 0), accept], subject(1)), 0);
});

test("jumps go forward by what they say", () => {
  const program = [
    op(BPF_LD | BPF_B | BPF_ABS),
    op(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
    op(BPF_RET | BPF_K, 1),
    op(BPF_RET | BPF_K, 2),
  ];
  assert.deepEqual([runFilter(program, subject(7)), runFilter(program, subject(8))], [1, 2]);
});

test("a program ends on every way, and stays within its memory", () => {
  assert.equal(isProgram([]), false);
  assert.equal(isProgram([op(BPF_LD | BPF_IMM, 1)]), false);
  assert.equal(isProgram([op(BPF_JMP | BPF_JA, 1), RETURN_A]), false);
  assert.equal(isProgram([op(BPF_ST, 16), RETURN_A]), false);
  assert.equal(isProgram([op(BPF_ST, 15), RETURN_A]), true);
});

test("no program that is accepted throws or runs on", () => {
  const instruction = fc.record({
    code: fc.integer({ min: 0, max: 0xffff }),
    jt: fc.nat(255),
    jf: fc.nat(255),
    k: fc.oneof(fc.nat(40), fc.integer({ min: 0, max: 0xffffffff })),
  });
  const packet = fc.uint8Array({ maxLength: 40 });
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(instruction, { maxLength: 12 }), packet, (body, bytes) => {
      const program = [...body, RETURN_A];
      if (!isProgram(program)) return;
      accepted += 1;
      const result = runFilter(program, subject(...bytes));
      assert.ok(Number.isInteger(result) && result >= 0 && result <= 0xffffffff);
    }),
    { numRuns: 2000 },
  );
  assert.ok(accepted > 100, `${accepted} programs ran`);
});
