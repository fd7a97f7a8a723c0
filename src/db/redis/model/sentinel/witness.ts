import { assert } from '../../../../base/assert.ts';

/** Sees the votes of all Sentinels, as none of them can, and states what must hold among them. */
export class Witness {
  readonly #needed: number;
  /** By epoch: whom each Sentinel has voted for. */
  readonly #votes = new Map<number, Map<string, string>>();
  readonly #leaders = new Map<number, string>();

  /** `quorum` may ask for more than a majority of `sentinels`, never for less. */
  constructor(sentinels: number, quorum: number) {
    this.#needed = Math.max(quorum, Math.floor(sentinels / 2) + 1);
  }

  /** A vote is on the voter's disk. */
  voted(epoch: number, voter: string, candidate: string): void {
    const votes = this.#votes.get(epoch) ?? new Map<string, string>();
    this.#votes.set(epoch, votes);
    const before = votes.get(voter) ?? candidate;
    assert(before === candidate, `${voter} votes once in epoch ${epoch}, not for ${before} and ${candidate}`);
    votes.set(voter, candidate);
  }

  /** A Sentinel has counted enough votes of `epoch`. */
  elected(epoch: number, leader: string): void {
    const before = this.#leaders.get(epoch) ?? leader;
    assert(before === leader, `one leader in epoch ${epoch}, not ${before} and ${leader}`);
    this.#leaders.set(epoch, leader);
    const votes = [...(this.#votes.get(epoch)?.values() ?? [])].filter((candidate) => candidate === leader).length;
    assert(votes >= this.#needed, `${leader} leads in epoch ${epoch} by ${this.#needed} votes, not ${votes}`);
  }
}
