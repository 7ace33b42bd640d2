import {
  BPF_A,
  BPF_ABS,
  BPF_ADD,
  BPF_ALU,
  BPF_AND,
  BPF_B,
  BPF_DIV,
  BPF_H,
  BPF_IMM,
  BPF_IND,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JMP,
  BPF_JSET,
  BPF_LD,
  BPF_LDX,
  BPF_LEN,
  BPF_LSH,
  BPF_MEM,
  BPF_MISC,
  BPF_MOD,
  BPF_MSH,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RET,
  BPF_RSH,
  BPF_ST,
  BPF_STX,
  BPF_SUB,
  BPF_TAX,
  BPF_TXA,
  BPF_W,
  BPF_XOR,
  SKF_AD_IFINDEX,
  SKF_AD_OFF,
  SKF_AD_PKTTYPE,
  SKF_AD_PROTOCOL,
} from "../../../api/constants.ts";
import type { FilterInstruction } from "../../../api/options.ts";

/** Words of the scratch memory: BPF_MEMWORDS. */
const MEMORY_WORDS = 16;
/** The parts of an instruction's code; with BPF_X of SOURCE set, the operand is the index register. */
const CLASS = 0x07;
const SIZE = 0x18;
const MODE = 0xe0;
const OPERATION = 0xf0;
const SOURCE = 0x08;
const RETURN_VALUE = 0x18;
const MISCELLANEOUS = 0xf8;

/** What a filter may ask of a packet beside its bytes: the extensions of Linux that are there. */
export interface FilterSubject {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly protocol: number;
  readonly packetType: number;
  readonly interfaceIndex: number;
}

/** Whether a program ends on every way: its last instruction returns, and no jump leaves it (bpf_check_classic()). */
export function isProgram(program: readonly FilterInstruction[]): boolean {
  const last = program.at(-1);
  if (last === undefined || (last.code & CLASS) !== BPF_RET) return false;
  return program.every(({ code, jt, jf, k }, index) => {
    if ((code & CLASS) === BPF_ST || (code & CLASS) === BPF_STX) return k < MEMORY_WORDS;
    if ((code & CLASS) !== BPF_JMP) return true;
    const farthest = (code & OPERATION) === BPF_JA ? k : Math.max(jt, jf);
    return index + 1 + farthest < program.length;
  });
}

/**
 * Runs a classic BPF program on a packet: how many of its bytes are accepted, 0 to drop it. A load from behind the end
 * drops it, and so does a division by zero.
 */
export function runFilter(program: readonly FilterInstruction[], subject: FilterSubject): number {
  const memory = new Uint32Array(MEMORY_WORDS);
  const machine = { a: 0, x: 0 };
  for (let at = 0; at < program.length; at += 1) {
    const { code, jt, jf, k } = program[at] as FilterInstruction;
    switch (code & CLASS) {
      case BPF_LD:
      case BPF_LDX: {
        const value = load(code, k, machine.x, memory, subject);
        if (value === undefined) return 0;
        if ((code & CLASS) === BPF_LD) machine.a = value;
        else machine.x = value;
        break;
      }
      case BPF_ST:
        memory[k] = machine.a;
        break;
      case BPF_STX:
        memory[k] = machine.x;
        break;
      case BPF_ALU: {
        const value = compute(code & OPERATION, machine.a, code & SOURCE ? machine.x : k);
        if (value === undefined) return 0;
        machine.a = value;
        break;
      }
      case BPF_JMP:
        if ((code & OPERATION) === BPF_JA) at += k;
        else at += holds(code & OPERATION, machine.a, code & SOURCE ? machine.x : k) ? jt : jf;
        break;
      case BPF_RET:
        return (code & RETURN_VALUE) === BPF_A ? machine.a : k >>> 0;
      case BPF_MISC:
        if ((code & MISCELLANEOUS) === BPF_TAX) machine.x = machine.a;
        else if ((code & MISCELLANEOUS) === BPF_TXA) machine.a = machine.x;
        break;
    }
  }
  return 0;
}

/** The value of a load; undefined from outside of the packet. */
function load(code: number, k: number, x: number, memory: Uint32Array, subject: FilterSubject): number | undefined {
  const { start, end } = subject;
  switch (code & MODE) {
    case BPF_IMM:
      return k >>> 0;
    case BPF_LEN:
      return end - start;
    case BPF_MEM:
      return memory[k] ?? 0;
    case BPF_ABS:
      return k >>> 0 >= SKF_AD_OFF >>> 0 ? ancillary(k, subject) : bytesAt(subject, k, code & SIZE);
    case BPF_IND:
      return bytesAt(subject, (x + k) | 0, code & SIZE);
    case BPF_MSH: {
      const byte = bytesAt(subject, k, BPF_B);
      return byte === undefined ? undefined : (byte & 0xf) << 2;
    }
    default:
      return undefined;
  }
}

function bytesAt({ bytes, start, end }: FilterSubject, offset: number, size: number): number | undefined {
  const length = size === BPF_W ? 4 : size === BPF_H ? 2 : 1;
  if (offset < 0 || start + offset + length > end) return undefined;
  let value = 0;
  for (let at = start + offset; at < start + offset + length; at += 1) value = value * 256 + (bytes[at] as number);
  return value;
}

function ancillary(k: number, subject: FilterSubject): number | undefined {
  switch ((k | 0) - SKF_AD_OFF) {
    case SKF_AD_PROTOCOL:
      return subject.protocol;
    case SKF_AD_PKTTYPE:
      return subject.packetType;
    case SKF_AD_IFINDEX:
      return subject.interfaceIndex;
    default:
      return undefined;
  }
}

/** 32-bit arithmetic; undefined for a division by zero. */
function compute(operation: number, a: number, value: number): number | undefined {
  const b = value >>> 0;
  switch (operation) {
    case BPF_ADD:
      return (a + b) >>> 0;
    case BPF_SUB:
      return (a - b) >>> 0;
    case BPF_MUL:
      return Math.imul(a, b) >>> 0;
    case BPF_DIV:
      return b === 0 ? undefined : Math.floor(a / b);
    case BPF_MOD:
      return b === 0 ? undefined : a % b;
    case BPF_OR:
      return (a | b) >>> 0;
    case BPF_AND:
      return (a & b) >>> 0;
    case BPF_XOR:
      return (a ^ b) >>> 0;
    case BPF_LSH:
      return (a << (b & 31)) >>> 0;
    case BPF_RSH:
      return a >>> (b & 31);
    case BPF_NEG:
      return -a >>> 0;
    default:
      return undefined;
  }
}

function holds(operation: number, a: number, value: number): boolean {
  const b = value >>> 0;
  switch (operation) {
    case BPF_JEQ:
      return a === b;
    case BPF_JGT:
      return a > b;
    case BPF_JGE:
      return a >= b;
    case BPF_JSET:
      return (a & b) !== 0;
    default:
      return false;
  }
}
