import type { Credentials } from "../api/options.ts";
import { type OptionCodec, paddedView } from "./codec.ts";

/** `struct ucred`, SO_PEERCRED and SCM_CREDENTIALS in unix(7). */
export const UCRED = { size: 12, pid: 0, uid: 4, gid: 8 } as const;

export const credentialsCodec: OptionCodec<Credentials> = {
  size: UCRED.size,
  decode(bytes) {
    const view = paddedView(bytes, UCRED.size);
    return {
      pid: view.getInt32(UCRED.pid, true),
      uid: view.getUint32(UCRED.uid, true),
      gid: view.getUint32(UCRED.gid, true),
    };
  },
};
