/** A lock service outside the cluster that every client always reaches, here in the clients’ own process: first come, first served. */
export class Lock {
  readonly #waiting: { readonly owner: object; granted(): void }[] = [];
  #holder: object | undefined;

  /** Resolves when `owner` has it; never, where it gives up before (`release`). */
  acquire(owner: object): Promise<void> {
    if (this.#holder === undefined) {
      this.#holder = owner;
      return Promise.resolve();
    }
    return new Promise((granted) => {
      this.#waiting.push({ owner, granted });
    });
  }

  /** `owner` does not hold it any more, nor wait for it. */
  release(owner: object): void {
    const at = this.#waiting.findIndex((one) => one.owner === owner);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#holder !== owner) return;
    const next = this.#waiting.shift();
    this.#holder = next?.owner;
    next?.granted();
  }
}
