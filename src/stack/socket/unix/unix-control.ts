import { SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { Credentials } from "../../../api/options.ts";
import { Rights } from "../control-room.ts";
import type { Description } from "../description.ts";
import type { Outgoing } from "../socket.ts";
import type { UnixFamily } from "./unix-family.ts";
import type { Passed } from "./unix-message.ts";

/** SCM_MAX_FD: descriptors in one message. */
const MAX_RIGHTS = 253;

/** What a message passes beside its bytes; an errno for what a Unix socket does not pass. */
export function passed({ control }: Outgoing, family: UnixFamily): Passed | number {
  let credentials: Credentials | undefined;
  const descriptions: Description[] = [];
  for (const { level, type, value } of control) {
    if (level !== SOL_SOCKET) continue;
    if (type === SCM_RIGHTS && Array.isArray(value)) {
      const found = (value as readonly number[]).map((fd) => family.table.find(fd)?.description);
      if (descriptions.length + found.length > MAX_RIGHTS) return -errno.EINVAL;
      for (const description of found) {
        if (description === undefined) return -errno.EBADF;
        descriptions.push(description);
      }
    } else if (type === SCM_CREDENTIALS && !(value instanceof Uint8Array)) {
      credentials = value as Credentials;
      const refused = mayNotSay(credentials, family.credentials);
      if (refused !== 0) return refused;
    } else return -errno.EINVAL;
  }
  return { credentials, rights: descriptions.length > 0 ? new Rights(descriptions) : undefined };
}

/** unix(7): root speaks for others, but for nobody who is not there; anybody else speaks for itself. */
function mayNotSay(said: Credentials, own: Credentials): number {
  const isRoot = own.uid === 0;
  if (said.pid !== own.pid) return isRoot ? -errno.ESRCH : -errno.EPERM;
  return isRoot || (said.uid === own.uid && said.gid === own.gid) ? 0 : -errno.EPERM;
}
