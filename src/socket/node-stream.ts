import type { Duplex } from "node:stream";
import { notSupported } from "../api/errors.ts";

interface MaybeNode {
  readonly process?: { readonly getBuiltinModule?: (name: string) => { readonly Duplex: typeof Duplex } | undefined };
}

function NoDuplex(): never {
  throw notSupported("toDuplex needs Node's streams, which this platform does not have; use toWeb");
}

/**
 * Node's Duplex; where there is no Node, in a page, a class that cannot be made. Nothing is imported, so that a
 * bundle needs no Node.
 */
export const NodeDuplex: typeof Duplex =
  (globalThis as MaybeNode).process?.getBuiltinModule?.("node:stream")?.Duplex ??
  (NoDuplex as unknown as typeof Duplex);
