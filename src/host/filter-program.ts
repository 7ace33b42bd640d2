import { SOCK_FILTER, SOCK_FPROG } from "../layout/sock-fprog.ts";
import { addressOf } from "./ffi/memory.ts";

// The instructions must live as long as the structure that has their address.
const instructions = new WeakMap<Uint8Array, Uint8Array>();

/** `struct sock_fprog` of a classic BPF program: how many instructions, and their address. */
export function filterProgram(program: Uint8Array): Uint8Array {
  const fprog = new Uint8Array(SOCK_FPROG.size);
  const view = new DataView(fprog.buffer);
  view.setUint16(SOCK_FPROG.len, program.length / SOCK_FILTER.size, true);
  view.setBigUint64(SOCK_FPROG.filter, addressOf(program), true);
  instructions.set(fprog, program);
  return fprog;
}
