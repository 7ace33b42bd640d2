import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { Interface } from "../../api/kernel.ts";
import { checkInterfaceIndex, checkInterfaceName } from "../../kernel/lookup.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { cString, memoryAt, nativeMemory, textAt } from "../ffi/memory.ts";
import { IF_NAMEINDEX } from "../../layout/if-nameindex.ts";

/* Network interfaces by name and number: if_nametoindex(3) and its siblings. */

const IF_NAMESIZE = 16;

export function if_nametoindex(name: string): number {
  checkInterfaceName(name);
  const index = libc.if_nametoindex(cString(name));
  if (index === 0) throw systemError("if_nametoindex", lastErrno(), undefined, name);
  return index;
}

export function if_indextoname(index: number): string {
  checkInterfaceIndex(index);
  const name = nativeMemory(IF_NAMESIZE);
  if (!libc.if_indextoname(index, name)) throw systemError("if_indextoname", lastErrno() || errno.ENXIO);
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}

export function if_nameindex(): Interface[] {
  const list = libc.if_nameindex();
  if (!list) throw systemError("if_nameindex", lastErrno());
  try {
    const found: Interface[] = [];
    for (let at = list; ; at += BigInt(IF_NAMEINDEX.size)) {
      const memory = memoryAt(at, IF_NAMEINDEX.size);
      const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
      const index = view.getUint32(IF_NAMEINDEX.index, true);
      if (index === 0) return found;
      found.push({ index, name: textAt(view.getBigUint64(IF_NAMEINDEX.name, true)) });
    }
  } finally {
    libc.if_freenameindex(list);
  }
}
