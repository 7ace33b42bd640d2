import type { SocketAddress } from "../../src/api/address.ts";
import { SHUT_WR, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from "../../src/api/constants.ts";
import type { Kernel } from "../../src/api/kernel.ts";

/** A client of the tests: it says text, and hears it. */
export class Client {
  readonly kernel: Kernel;
  readonly fd: number;

  private constructor(kernel: Kernel, fd: number) {
    this.kernel = kernel;
    this.fd = fd;
  }

  static async dial(kernel: Kernel, address: SocketAddress): Promise<Client> {
    const fd = kernel.socket(address.family, SOCK_STREAM);
    try {
      await kernel.connect(fd, address);
    } catch (error) {
      kernel.close(fd);
      throw error;
    }
    return new Client(kernel, fd);
  }

  async say(text: string | Uint8Array): Promise<void> {
    await this.kernel.send(this.fd, typeof text === "string" ? Buffer.from(text) : text);
  }

  /** So many characters; fewer when the server ends before. */
  async hear(length: number): Promise<string> {
    const buffer = Buffer.alloc(length);
    let heard = 0;
    while (heard < length) {
      const bytes = await this.kernel.recv(this.fd, buffer.subarray(heard));
      if (bytes === 0) break;
      heard += bytes;
    }
    return buffer.toString("utf8", 0, heard);
  }

  /** Says the text, and hears it again. */
  async echo(text: string): Promise<string> {
    await this.say(text);
    return this.hear(Buffer.byteLength(text));
  }

  /** How the server ends the connection: "" for a close, the error's code else. What comes before is passed over. */
  async ending(): Promise<string> {
    const buffer = new Uint8Array(65536);
    try {
      while ((await this.kernel.recv(this.fd, buffer)) > 0);
      return "";
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  finish(): void {
    this.kernel.shutdown(this.fd, SHUT_WR);
  }

  close(): void {
    this.kernel.close(this.fd);
  }

  /** Closes with a RST. */
  reset(): void {
    this.kernel.setsockopt(this.fd, SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
    this.close();
  }
}
