import type { Port } from "../port.ts";
import type { SimCall } from "../sim-call.ts";

/** Remembers which call of a program is being made: what its host sends meanwhile, it sends for that call. */
export class Cause {
  #call: SimCall | undefined;
  #timeUs = -1;

  callBegan(timeUs: number, call: SimCall): void {
    this.#call = call;
    this.#timeUs = timeUs;
  }

  /** Something comes in: what is sent from now on is an answer to that, and no call's. */
  packetArrived(): void {
    this.#call = undefined;
  }

  /** The call for which a port's machine sends at this time, if it is one. */
  of(timeUs: number, { name }: Port): SimCall | undefined {
    const call = this.#timeUs === timeUs ? this.#call : undefined;
    return call !== undefined && name.startsWith(`${call.process.host.name}.`) ? call : undefined;
  }
}
