import { systemError } from "../../api/errors.ts";
import { lastErrno, libc } from "./libc.ts";
import { library } from "./library.ts";

const PROT_READ_WRITE = 0x3;
const MAP_SHARED_POPULATE = 0x8001;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** A part of a descriptor that is mapped into this process, mmap(2), until `unmap`. */
export interface MappedMemory {
  readonly buffer: ArrayBuffer;
  unmap(): void;
}

export function mapMemory(fd: number, offset: bigint, bytes: number): MappedMemory {
  const address = BigInt(libc.mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset));
  if (address === MAP_FAILED) throw systemError("mmap", lastErrno());
  return {
    buffer: library().ffi.view(address, bytes),
    unmap: () => void libc.munmap(address, bytes),
  };
}
