import { systemError } from "../../api/errors.ts";
import { errno } from "../../api/errno.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressOf, nativeMemory, pinnedMemory } from "../ffi/memory.ts";
import {
  IO_URING_BUF,
  IO_URING_BUF_REG,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUF_MORE,
  IORING_REGISTER_PBUF_RING,
  IOU_PBUF_RING_INC,
} from "../../layout/io-uring.ts";
import type { Ring } from "./ring.ts";
import { SYS_io_uring_register } from "./ring-setup.ts";

const PAGE_BYTES = 4096;

const USED_UP = -1;

/** How much memory the kernel may receive into, of all flows together. */
export interface BufferSizes {
  /** A power of two, at most 32,768. */
  readonly count: number;
  readonly bytes: number;
}

/**
 * A ring of provided buffers (IORING_REGISTER_PBUF_RING): multishot receives take one when bytes are there, not while
 * they wait. On Linux 6.12 a buffer is consumed part by part, so that small messages lie close together.
 */
export class BufferRing {
  readonly #sizes: BufferSizes;
  readonly #entries: Uint8Array;
  readonly #view: DataView;
  readonly #tailCell: Uint16Array;
  readonly #memory: Uint8Array;
  readonly #address: number;
  /** How far the kernel has filled each buffer; USED_UP when it will not go on. */
  readonly #filled: Int32Array;
  /** How many completions' bytes lie in each, and were not given back. */
  readonly #parts: Int32Array;
  #tail = 0;

  constructor(ring: Ring, sizes: BufferSizes) {
    this.#sizes = sizes;
    const { count, bytes } = sizes;
    const entries = nativeMemory(count * IO_URING_BUF.size + PAGE_BYTES);
    const address = Number(addressOf(entries));
    const aligned = -address & (PAGE_BYTES - 1);
    this.#entries = entries.subarray(aligned, aligned + count * IO_URING_BUF.size);
    this.#view = new DataView(entries.buffer, this.#entries.byteOffset, this.#entries.length);
    this.#tailCell = new Uint16Array(entries.buffer, this.#entries.byteOffset + IO_URING_BUF.tail, 1);
    this.#memory = pinnedMemory(count * bytes);
    this.#address = Number(addressOf(this.#memory));
    this.#filled = new Int32Array(count);
    this.#parts = new Int32Array(count);
    this.#register(ring, address + aligned);
    for (let id = 0; id < count; id += 1) this.#add(id);
    this.publish();
  }

  #register(ring: Ring, address: number): void {
    const registration = new Uint8Array(IO_URING_BUF_REG.size);
    const view = new DataView(registration.buffer);
    view.setBigUint64(IO_URING_BUF_REG.ring_addr, BigInt(address), true);
    view.setUint32(IO_URING_BUF_REG.ring_entries, this.#sizes.count, true);
    for (const flags of [IOU_PBUF_RING_INC, 0]) {
      view.setUint16(IO_URING_BUF_REG.flags, flags, true);
      const result = libc.io_uring_register(SYS_io_uring_register, ring.fd, IORING_REGISTER_PBUF_RING, registration, 1);
      if (result >= 0) return;
      // Before 6.12 there is no consuming part by part: a completion then never says that its buffer goes on.
      if (lastErrno() !== errno.EINVAL || flags === 0) throw systemError("io_uring_register", lastErrno());
    }
  }

  /**
   * Where in its buffer the bytes of a completion begin. To be asked of each, in the order of the queue: flows share
   * the buffers, and may be told in another order.
   */
  place(flags: number, length: number): number {
    const id = flags >>> IORING_CQE_BUFFER_SHIFT;
    const start = this.#filled[id] as number;
    this.#parts[id] = (this.#parts[id] as number) + 1;
    this.#filled[id] = flags & IORING_CQE_F_BUF_MORE ? start + length : USED_UP;
    return start;
  }

  /** The bytes of a completion: valid until they are given back. */
  bytes(flags: number, place: number, length: number): Uint8Array {
    const start = (flags >>> IORING_CQE_BUFFER_SHIFT) * this.#sizes.bytes + place;
    return this.#memory.subarray(start, start + length);
  }

  /** The bytes of a completion are no longer needed. Their buffer goes back with the last in it, when it is used up. */
  giveBack(flags: number): void {
    const id = flags >>> IORING_CQE_BUFFER_SHIFT;
    const parts = (this.#parts[id] as number) - 1;
    this.#parts[id] = parts;
    if (parts > 0 || this.#filled[id] !== USED_UP) return;
    this.#filled[id] = 0;
    this.#add(id);
  }

  /** Buffers that the kernel does not have: bytes in them were not given back. */
  get held(): number {
    return this.#filled.filter((filled, id) => filled === USED_UP || (this.#parts[id] as number) > 0).length;
  }

  /** Tells the kernel of the buffers that came back. */
  publish(): void {
    Atomics.store(this.#tailCell, 0, this.#tail);
  }

  #add(id: number): void {
    const at = (this.#tail & (this.#sizes.count - 1)) * IO_URING_BUF.size;
    const address = this.#address + id * this.#sizes.bytes;
    const view = this.#view;
    view.setUint32(at + IO_URING_BUF.addr, address % 0x1_0000_0000, true);
    view.setUint32(at + IO_URING_BUF.addr + 4, Math.floor(address / 0x1_0000_0000), true);
    view.setUint32(at + IO_URING_BUF.len, this.#sizes.bytes, true);
    view.setUint16(at + IO_URING_BUF.bid, id, true);
    this.#tail = (this.#tail + 1) & 0xffff;
  }
}
