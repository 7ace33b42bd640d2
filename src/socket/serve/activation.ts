import { F_GETFD, F_SETFD, FD_CLOEXEC } from "../../api/constants.ts";
import { invalidValue } from "../../api/errors.ts";
import type { Kernel } from "../../api/kernel.ts";

/** The first descriptor that is passed: SD_LISTEN_FDS_START of sd_listen_fds(3). */
const FIRST = 3;

/** More would be a mistake: RLIMIT_NOFILE is seldom so high. */
const MOST = 65_536;

/** What sd_listen_fds(3) calls a descriptor without a name. */
const NO_NAME = "unknown";

/** A descriptor that a service manager passed. */
export interface PassedDescriptor {
  readonly fd: number;
  /** Its FileDescriptorName=; "unknown" without one. */
  readonly name: string;
}

export interface ListenFdsOptions {
  /** Where the variables are (default `process.env`). */
  readonly env?: Record<string, string | undefined> | undefined;
  /** The process that LISTEN_PID must name (default this one). */
  readonly pid?: number | undefined;
  /** Remove the variables, so that child processes do not take the descriptors for theirs. */
  readonly unset?: boolean | undefined;
}

/**
 * The descriptors that a service manager opened for this process: socket activation, sd_listen_fds(3).
 * Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; marks each descriptor close-on-exec, so that no child inherits it.
 * Returns them in their order, from 3 on; none when the variables are not there, or are meant for another process.
 * Errors: EBADF (a descriptor that was announced is not open); ERR_INVALID_ARG_VALUE (LISTEN_FDS is not a number of
 * descriptors).
 * Needs a kernel with descriptors that a process can inherit: the host.
 *
 * @example
 * const [http] = listenFds(host).filter(({ name }) => name === "http");
 */
export function listenFds(kernel: Kernel, options: ListenFdsOptions = {}): PassedDescriptor[] {
  // oxlint-disable-next-line no-restricted-properties -- the service manager speaks through the environment.
  const { env = process.env, pid = process.pid, unset = false } = options;
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = env;
  if (unset) for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete env[name];
  if (LISTEN_FDS === undefined || LISTEN_PID !== String(pid)) return [];
  const count = /^\d{1,5}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : Infinity;
  if (count > MOST) throw invalidValue("LISTEN_FDS", "a number of descriptors", LISTEN_FDS);
  const names = LISTEN_FDNAMES?.split(":") ?? [];
  return Array.from({ length: count }, (_, index) => {
    const fd = FIRST + index;
    kernel.fcntl(fd, F_SETFD, kernel.fcntl(fd, F_GETFD) | FD_CLOEXEC);
    return { fd, name: names[index] || NO_NAME };
  });
}

/** The one listener that `serve` is to take: the only one (`true`), or the one of that name. */
export function activatedListener(kernel: Kernel, activation: true | string): number {
  const passed = listenFds(kernel);
  const found = activation === true ? passed : passed.filter(({ name }) => name === activation);
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const wanted = activation === true ? "the only descriptor" : "the name of one descriptor";
    const names = passed.map(({ name }) => name).join(", ");
    throw invalidValue("options.activation", `${wanted} that was passed (LISTEN_FDS: ${names || "none"})`, activation);
  }
  return first.fd;
}
