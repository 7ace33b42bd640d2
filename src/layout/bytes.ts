import { invalidType } from "../api/errors.ts";
import type { OptionCodec } from "./codec.ts";

/** Room for an option that gives bytes: headers of IP and TCP, structures of congestion control. */
const BYTES_SIZE = 4096;

/** Bytes as they are. */
export const bytesCodec: OptionCodec<Uint8Array> = {
  size: BYTES_SIZE,
  encode(value, argument) {
    throw invalidType(argument, "a Uint8Array", value); // One never comes here: it is passed on as it is.
  },
  decode: (bytes) => bytes.slice(),
};
