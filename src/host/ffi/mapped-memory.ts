import { systemError } from "../../api/errors.ts";
import { lastErrno, libc } from "./libc.ts";
import { library } from "./library.ts";
import { detachWithThread } from "./thread-end.ts";

const PROT_READ_WRITE = 0x3;
const MAP_SHARED_POPULATE = 0x8001;

const IPC_PRIVATE = 0;
const IPC_RMID = 0;
const OWNER_ALONE = 0o600;

/** What mmap(2) and shmat(2) return when they fail: -1. */
const FAILED = 0xffff_ffff_ffff_ffffn;

/** Memory that is no part of any heap. */
export interface MappedMemory {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
}

/** A part of a descriptor, mmap(2), until the end of the process. It keeps what it shows open. */
export function mapDescriptor(fd: number, offset: bigint, bytes: number): MappedMemory {
  return mapped("mmap", libc.mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset), bytes);
}

/**
 * New pages, shmget(2), until the end of this worker thread, however it ends. (Of the calls that give memory back, only
 * shmdt(2) has but one argument, and so it alone can be called when no JavaScript runs any more.)
 */
export function pagesOfThread(bytes: number): MappedMemory {
  const id = libc.shmget(IPC_PRIVATE, bytes, OWNER_ALONE);
  if (id < 0) throw systemError("shmget", lastErrno());
  const address = libc.shmat(id, null, 0);
  const number = lastErrno();
  // From now on it lives as long as it is attached.
  libc.shmctl(id, IPC_RMID, null);
  const memory = mapped("shmat", address, bytes, number);
  detachWithThread(memory.address);
  return memory;
}

function mapped(syscall: string, result: bigint | number, bytes: number, number: number = lastErrno()): MappedMemory {
  const address = BigInt(result);
  if (address === FAILED) throw systemError(syscall, number);
  return { address, buffer: library().ffi.view(address, bytes) };
}
