import {
  IFF_NO_PI,
  IFF_TAP,
  IFF_TUN,
  IFF_VNET_HDR,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDWR,
  TUN_F_CSUM,
  TUN_F_TSO4,
  TUN_F_TSO6,
  TUN_F_TSO_ECN,
  TUNSETIFF,
  TUNSETOFFLOAD,
  TUNSETVNETHDRSZ,
} from "../api/constants.ts";
import { errno } from "../api/errno.ts";
import { internalError, invalidValue, outOfRange, systemError } from "../api/errors.ts";
import { lastErrno, libc } from "../host/ffi/libc.ts";
import type { PollHandle } from "../host/ffi/library.ts";
import { cString, nativeMemory } from "../host/ffi/memory.ts";
import { pollReadable } from "../host/ffi/poll-handle.ts";
import type { HostKernel } from "../host/host.ts";
import { IFREQ } from "../layout/ifreq.ts";
import { VIRTIO_NET_HDR } from "../layout/virtio-net-hdr.ts";
import { checkDeviceName } from "./device-name.ts";

const CLONE_DEVICE = "/dev/net/tun";

/** Frames that are handed on in one turn of the event loop; the rest comes at the next. */
const FRAMES_A_TURN = 256;

/** The largest packet of IP, the header of Ethernet with a VLAN tag, and the virtio header. */
const FRAME_BYTES = 0xffff + 18 + VIRTIO_NET_HDR.size;

/** What is opened. */
export interface TunOptions {
  /** IP packets ("tun") or Ethernet frames ("tap"). */
  readonly kind: "tun" | "tap";
  /** The interface's name; with "%d" or left out the kernel numbers it. One that is there already is opened. */
  readonly name?: string | undefined;
  /**
   * Every frame begins with a `struct virtio_net_hdr`, so that checksums and the cutting of segments are left to the
   * other side: both ways.
   */
  readonly offload?: boolean | undefined;
}

/** Who takes the frames. */
export interface FrameHandler {
  /** One frame; the memory is the device's, valid during the call. */
  frame(bytes: Uint8Array): void;
  /** After the frames of one wake-up. */
  batchEnd?(): void;
  /** The device failed and is closed; without this the error is thrown from the event loop. */
  failed?(error: unknown): void;
}

/**
 * A TUN or TAP interface of the machine, opened: what the kernel sends out of it comes in here, and the other way
 * round. It is gone with `close()`, unless it was made to persist before.
 */
export class TunDevice {
  /** The interface's name, as the kernel chose it. */
  readonly name: string;
  readonly kind: "tun" | "tap";
  /** Bytes before each frame: 0, or those of `struct virtio_net_hdr`. */
  readonly headerBytes: number;
  readonly #kernel: HostKernel;
  readonly #fd: number;
  #poll: PollHandle | undefined;
  #isReferenced = true;
  #closed = false;

  /**
   * Opens /dev/net/tun: tuntap.rst of the kernel's documentation. Errors: EPERM (needs CAP_NET_ADMIN), EACCES, ENOENT
   * and ENODEV (there is no /dev/net/tun), EBUSY (another program has it), EINVAL (an interface of another kind has the
   * name); ERR_INVALID_ARG_VALUE.
   */
  constructor(kernel: HostKernel, options: TunOptions) {
    const { kind, name = "", offload = false } = options;
    if (kind !== "tun" && kind !== "tap") throw invalidValue("kind", '"tun" or "tap"', kind);
    if (name !== "") checkDeviceName(name);
    this.kind = kind;
    this.headerBytes = offload ? VIRTIO_NET_HDR.size : 0;
    this.#kernel = kernel;
    const fd = libc.open(cString(CLONE_DEVICE), O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) throw openError(lastErrno());
    this.#fd = kernel.adopt(fd);
    try {
      this.name = this.#attach(name, (kind === "tun" ? IFF_TUN : IFF_TAP) | (offload ? IFF_VNET_HDR : 0));
      if (offload) this.#offerOffload();
    } catch (error) {
      kernel.close(fd);
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** TUNSETIFF. IFF_NO_PI: no four bytes of packet information before each frame. */
  #attach(name: string, flags: number): string {
    const ifreq = nativeMemory(IFREQ.size);
    ifreq.set(new TextEncoder().encode(name), IFREQ.name);
    new DataView(ifreq.buffer).setInt16(IFREQ.flags, flags | IFF_NO_PI, true);
    if (libc.ioctl(this.#fd, TUNSETIFF, ifreq) < 0) throw attachError(lastErrno(), name, this.kind);
    return new TextDecoder().decode(ifreq.subarray(IFREQ.name, ifreq.indexOf(0)));
  }

  #offerOffload(): void {
    const size = nativeMemory(4);
    new DataView(size.buffer).setInt32(0, VIRTIO_NET_HDR.size, true);
    if (libc.ioctl(this.#fd, TUNSETVNETHDRSZ, size) < 0) {
      throw systemError("ioctl", lastErrno(), undefined, "TUNSETVNETHDRSZ");
    }
    // Its argument is the number itself, passed where others pass an address.
    const features = BigInt(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN);
    if (libc.ioctl(this.#fd, TUNSETOFFLOAD, features) < 0) {
      throw systemError("ioctl", lastErrno(), undefined, "TUNSETOFFLOAD");
    }
  }

  /**
   * Calls back from the event loop whenever there may be frames, and again in its next turn while there are some left.
   * It keeps the program alive until the close, or `unref`.
   */
  watch(readable: () => void): void {
    if (this.#poll !== undefined) throw internalError("two receivers of one device");
    this.#poll = pollReadable(this.#fd, () => {
      // See `afterTurn` of host/epoll/engine.ts.
      setImmediate(afterTurn);
      readable();
    });
    if (!this.#isReferenced) this.#poll.unref();
  }

  /** Hands every frame that comes to `handler`, from now on; it keeps the program alive until the close. */
  receive(handler: FrameHandler): void {
    const memory = nativeMemory(FRAME_BYTES);
    this.watch(() => {
      try {
        this.#deliver(handler, memory);
      } catch (error) {
        if (this.#closed) return;
        this.close();
        if (handler.failed !== undefined) handler.failed(error);
        else throwLater(error);
      }
    });
  }

  /** Hands on what is there, up to the turn's share. */
  #deliver(handler: FrameHandler, memory: Uint8Array): void {
    let count = 0;
    for (; count < FRAMES_A_TURN && !this.#closed; count += 1) {
      const bytes = this.read(memory);
      if (bytes === 0) break;
      handler.frame(memory.subarray(0, bytes));
    }
    if (count > 0) handler.batchEnd?.();
  }

  /** Takes one frame, with its virtio header: its bytes; 0 when there is none now. It never waits. read(2). */
  read(buffer: Uint8Array): number {
    return this.#took("read", libc.read(this.#fd, buffer, buffer.length));
  }

  /** The same into several pieces of memory: `struct iovec`s. readv(2). */
  readVectors(vectors: Uint8Array, count: number): number {
    return this.#took("readv", libc.readv(this.#fd, vectors, count));
  }

  #took(syscall: string, bytes: number): number {
    if (bytes >= 0) return bytes;
    const number = lastErrno();
    if (number === errno.EAGAIN || number === errno.EINTR) return 0;
    throw systemError(syscall, number, undefined, this.name);
  }

  /**
   * Gives one frame to the kernel, beginning with its virtio header where the device has one. It never waits: false
   * when the kernel has no room, and the frame is lost, as it would be on a wire. write(2). Errors: EIO (the interface
   * is down), EINVAL (no frame).
   */
  write(frame: Uint8Array): boolean {
    if (frame.length <= this.headerBytes) throw outOfRange("frame.length", "that of a frame", frame.length);
    const number = this.tryWrite(frame);
    if (number === 0) return true;
    if (number === errno.EAGAIN || number === errno.ENOBUFS || number === errno.EINTR) return false;
    throw systemError("write", number, undefined, this.name);
  }

  /** The same; returns 0, or why the frame did not leave: a positive errno. */
  tryWrite(frame: Uint8Array): number {
    if (this.#closed) return errno.EBADF;
    return libc.write(this.#fd, frame, frame.length) >= 0 ? 0 : lastErrno();
  }

  /** Whether the wait for frames keeps the program alive: it does, until `unref`. */
  ref(): void {
    this.#isReferenced = true;
    this.#poll?.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#poll?.unref();
  }

  /** Closes the device; its interface, addresses and routes go with it. No frame comes any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poll?.close();
    this.#kernel.close(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function afterTurn(): void {}

/** Out of a callback of C's no error can be thrown. */
function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

function openError(number: number): Error {
  const isMissing = number === errno.ENOENT || number === errno.ENODEV || number === errno.ENXIO;
  const why = isMissing ? ": the kernel has no TUN driver, or the container was not given the device" : "";
  return systemError("open", number, undefined, `${CLONE_DEVICE}${why}`);
}

function attachError(number: number, name: string, kind: string): Error {
  const device = name === "" ? `a new ${kind} device` : name;
  const reasons: Readonly<Record<number, string>> = {
    [errno.EPERM]: `${device}: this needs CAP_NET_ADMIN, or a device that was made for this user: ip tuntap add … user`,
    [errno.EBUSY]: `${device}: another program has it`,
    [errno.EINVAL]: `${device}: an interface has this name that is no ${kind} device`,
  };
  return systemError("ioctl", number, undefined, `TUNSETIFF, ${reasons[number] ?? device}`);
}
