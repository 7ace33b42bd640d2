import { BPF_MAXINSNS } from "../api/constants.ts";
import { outOfRange } from "../api/errors.ts";
import type { FilterInstruction } from "../api/options.ts";
import { checkInteger, elementsOf, fieldsOf, UINT_MAX } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";

/** `struct sock_filter`: one instruction of classic BPF. */
export const SOCK_FILTER = { size: 8, code: 0, jt: 2, jf: 3, k: 4 } as const;
/** `struct sock_fprog`: how many instructions, and their address. */
export const SOCK_FPROG = { size: 16, len: 0, filter: 8 } as const;

function encodeInstruction(view: DataView, at: number, value: unknown, argument: string): void {
  const { code, jt, jf, k } = fieldsOf(argument, value, "{ code, jt, jf, k }");
  checkInteger(`${argument}.code`, code, 0, 0xffff);
  checkInteger(`${argument}.jt`, jt, 0, 0xff);
  checkInteger(`${argument}.jf`, jf, 0, 0xff);
  checkInteger(`${argument}.k`, k, -0x80000000, UINT_MAX); // Negative: SKF_AD_OFF and its like.
  view.setUint16(at + SOCK_FILTER.code, code, true);
  view.setUint8(at + SOCK_FILTER.jt, jt);
  view.setUint8(at + SOCK_FILTER.jf, jf);
  view.setUint32(at + SOCK_FILTER.k, k >>> 0, true);
}

/**
 * The instructions of a classic BPF program. C takes the address of them (`struct sock_fprog`), and gives their number
 * in place of their bytes: see `optionBytes`.
 */
export const filterCodec: OptionCodec<FilterInstruction[]> = {
  size: BPF_MAXINSNS * SOCK_FILTER.size,
  encode(value, argument) {
    const elements = elementsOf(argument, value, "instructions { code, jt, jf, k }", BPF_MAXINSNS);
    if (elements.length === 0) throw outOfRange(`${argument}.length`, `from 1 to ${BPF_MAXINSNS}`, 0);
    const program = new Uint8Array(elements.length * SOCK_FILTER.size);
    const view = viewOf(program);
    elements.forEach((element, index) => {
      encodeInstruction(view, index * SOCK_FILTER.size, element, `${argument}[${index}]`);
    });
    return program;
  },
  decode(bytes) {
    const view = viewOf(bytes);
    return Array.from({ length: Math.floor(bytes.length / SOCK_FILTER.size) }, (_, index) => {
      const at = index * SOCK_FILTER.size;
      return {
        code: view.getUint16(at + SOCK_FILTER.code, true),
        jt: view.getUint8(at + SOCK_FILTER.jt),
        jf: view.getUint8(at + SOCK_FILTER.jf),
        k: view.getUint32(at + SOCK_FILTER.k, true),
      };
    });
  },
};
