/** Lets one consumer wait until there is something new to look at. */
export class Arrival {
  #tell: (() => void) | undefined;

  /** Resolves at the next `tell`. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  tell(): void {
    const tell = this.#tell;
    this.#tell = undefined;
    tell?.();
  }
}
