import type { Interface } from "./interface.ts";

/** Interfaces that a stack has at most, the loopback counted. */
export const MAX_INTERFACES = 256;

/** The interfaces of a stack by their numbers, which begin with 1 and are not used again, and by their names. */
export class Interfaces {
  readonly #byIndex: (Interface | undefined)[] = [undefined];
  readonly #list: Interface[] = [];

  /** The number of the next one. */
  get nextIndex(): number {
    return this.#byIndex.length;
  }

  get isFull(): boolean {
    return this.#list.length >= MAX_INTERFACES;
  }

  /** All of them in the order of their numbers. */
  get all(): readonly Interface[] {
    return this.#list;
  }

  get(index: number): Interface | undefined {
    return this.#byIndex[index];
  }

  named(name: string): Interface | undefined {
    return this.#list.find((iface) => iface.name === name);
  }

  add(iface: Interface): void {
    this.#byIndex[iface.index] = iface;
    this.#list.push(iface);
  }

  remove(iface: Interface): void {
    this.#byIndex[iface.index] = undefined;
    const at = this.#list.indexOf(iface);
    if (at >= 0) this.#list.splice(at, 1);
  }
}
