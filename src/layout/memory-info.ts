import {
  SK_MEMINFO_BACKLOG,
  SK_MEMINFO_DROPS,
  SK_MEMINFO_FWD_ALLOC,
  SK_MEMINFO_OPTMEM,
  SK_MEMINFO_RCVBUF,
  SK_MEMINFO_RMEM_ALLOC,
  SK_MEMINFO_SNDBUF,
  SK_MEMINFO_WMEM_ALLOC,
  SK_MEMINFO_WMEM_QUEUED,
} from "../api/constants.ts";
import type { MemoryInfo } from "../api/options.ts";
import { type OptionCodec, paddedView } from "./codec.ts";

/** SO_MEMINFO: a row of 32-bit numbers. */
const WORDS = SK_MEMINFO_DROPS + 1;

export const memoryInfoCodec: OptionCodec<MemoryInfo> = {
  size: WORDS * 4,
  decode(bytes) {
    const view = paddedView(bytes, WORDS * 4);
    const word = (index: number): number => view.getUint32(index * 4, true);
    return {
      rmemAlloc: word(SK_MEMINFO_RMEM_ALLOC),
      rcvbuf: word(SK_MEMINFO_RCVBUF),
      wmemAlloc: word(SK_MEMINFO_WMEM_ALLOC),
      sndbuf: word(SK_MEMINFO_SNDBUF),
      fwdAlloc: word(SK_MEMINFO_FWD_ALLOC),
      wmemQueued: word(SK_MEMINFO_WMEM_QUEUED),
      optmem: word(SK_MEMINFO_OPTMEM),
      backlog: word(SK_MEMINFO_BACKLOG),
      ...(bytes.length >= WORDS * 4 ? { drops: word(SK_MEMINFO_DROPS) } : {}),
    };
  },
};
