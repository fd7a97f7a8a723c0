import type { Rng } from '../../base/rng.ts';
import type { Disk } from '../../contract/index.ts';
import type { Kernel } from './kernel.ts';
import { draw, type Spread } from './spread.ts';

export interface DiskSpeed {
  readonly write: Spread;
  readonly fsync: Spread;
}

/** A file of records on a machine, which outlives the processes that write it. */
export class SimFile {
  records: unknown[] = [];
  /** How many of them would outlive a power failure. */
  synced = 0;
  /** Syncs under way: how many records each will have brought to safety. */
  readonly syncing = new Set<{ count: number }>();

  truncate(count: number): void {
    this.records.length = Math.min(count, this.records.length);
    this.synced = Math.min(count, this.synced);
    for (const sync of this.syncing) sync.count = Math.min(count, sync.count);
  }

  /** The machine has lost its power: of what was not synced, the disk has got a part, in order. */
  lose(rng: Rng): void {
    this.records.length = rng.int(this.synced, this.records.length);
    this.synced = this.records.length;
    this.syncing.clear();
  }
}

/** A file as one run of a process sees it; `deliver` lets that process do something, if it still can. */
export class SimDisk implements Disk {
  readonly #file: SimFile;
  readonly #kernel: Kernel;
  readonly #speed: DiskSpeed;
  readonly #rng: Rng;
  readonly #deliver: (work: () => void) => void;

  constructor(file: SimFile, kernel: Kernel, speed: DiskSpeed, rng: Rng, deliver: (work: () => void) => void) {
    this.#file = file;
    this.#kernel = kernel;
    this.#speed = speed;
    this.#rng = rng;
    this.#deliver = deliver;
  }

  get records(): readonly unknown[] {
    return this.#file.records;
  }

  append(record: unknown): void {
    this.#file.records.push(record);
  }

  truncate(count: number): void {
    this.#file.truncate(count);
  }

  sync(done: () => void): void {
    const file = this.#file;
    const sync = { count: file.records.length };
    file.syncing.add(sync);
    const tookNs = draw(this.#speed.write, this.#rng) + draw(this.#speed.fsync, this.#rng);
    this.#kernel.after(tookNs, () => {
      // The power failed meanwhile.
      if (!file.syncing.delete(sync)) return;
      file.synced = Math.max(file.synced, sync.count);
      this.#deliver(done);
    });
  }
}
