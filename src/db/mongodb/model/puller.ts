import type { Connection, Loss } from '../../../contract/index.ts';
import type { Member } from './member.ts';
import { compareOptimes, type Entry } from './oplog.ts';
import { type Fetch, type FetchReply, MONGO_PORT, type Progress } from './wire.ts';

/** How long after a source was found wanting the next one is looked for. */
const RETRY_MS = 1_000;
/** How far a source may be behind another member before that one is preferred (maxSyncSourceLagSecs). */
const LAG_S_MAX = 30;
const COMPARED = 1_000;
/** Why a source that refuses is left. */
const REFUSALS = {
  behind: 'it is behind this member',
  circle: 'it is syncing from this member',
  state: 'it is in no state to be synced from',
} as const;

/** Another member as heartbeats show it. */
export interface Candidate {
  readonly node: string;
  readonly up: boolean;
  readonly state: string;
  readonly applied: { readonly term: number; readonly ts: number };
  readonly pingMs: number;
}

export interface Pace {
  readonly awaitMs: number;
  readonly timeoutMs: number;
}

/**
 * Replicates from another member: chooses whom (chaining), fetches batch after batch, and finds out where this log and
 * that one part (rsBackgroundSync; bgsync.cpp).
 */
export class Puller {
  readonly #member: Member;
  readonly #timeoutMs: number;
  readonly #awaitMs: number;
  #source: { readonly node: string; readonly connection: Connection } | undefined;
  #stopped = true;
  #choosing = false;

  /** How long the source may wait for news, and how long an answer may take before the connection to it is given up. */
  constructor(member: Member, { awaitMs, timeoutMs }: Pace) {
    this.#member = member;
    this.#awaitMs = awaitMs;
    this.#timeoutMs = timeoutMs;
  }

  /** The member it replicates from now. */
  get source(): string | undefined {
    return this.#source?.node;
  }

  start(): void {
    this.#stopped = false;
    this.#choose();
  }

  stop(): void {
    this.#stopped = true;
    this.#leave();
  }

  /** Tells the source how far others, or this member's journal, have come. */
  tell(positions: Progress['positions']): void {
    const progress: Progress = { do: 'progress', term: this.#member.term, positions };
    this.#source?.connection.send(progress);
  }

  /** Another member is so far ahead that this source will not do. */
  reconsider(candidates: readonly Candidate[]): void {
    const current = candidates.find(({ node }) => node === this.source);
    if (current === undefined) return;
    const second = (one: Candidate) => Math.floor(one.applied.ts / 1_000_000);
    const ahead = candidates.some((one) => one.up && second(one) > second(current) + LAG_S_MAX);
    if (ahead) this.#again('another member is far ahead of it');
  }

  #choose(): void {
    this.#choosing = false;
    if (this.#stopped || this.#source !== undefined) return;
    const node = chooseSource(this.#member);
    if (node === undefined) {
      this.#later();
      return;
    }
    const { process } = this.#member;
    const connection = process.connect(node, MONGO_PORT, {
      ended: (why) => {
        if (this.#source?.connection === connection) this.#again(`the connection was lost (${why})`);
      },
    });
    this.#source = { node, connection };
    process.say('sync-source', `syncing from ${node}`);
    this.#fetch();
  }

  #later(): void {
    if (this.#choosing) return;
    this.#choosing = true;
    this.#member.process.after(RETRY_MS, () => this.#choose());
  }

  #again(why: string): void {
    if (this.#source !== undefined) this.#member.process.say('sync-source', `leaves ${this.#source.node}: ${why}`);
    this.#leave();
    if (!this.#stopped) this.#later();
  }

  #leave(): void {
    const source = this.#source;
    this.#source = undefined;
    source?.connection.close();
  }

  #fetch(): void {
    const { node, term, oplog, position } = this.#member;
    const fetch: Fetch = { do: 'fetch', node, term, after: oplog.entries.at(-1), position, awaitMs: this.#awaitMs };
    this.#ask(fetch, (answer) => this.#fetched(answer as FetchReply));
  }

  #ask(request: object, answered: (answer: unknown) => void): void {
    const source = this.#source;
    if (source === undefined) return;
    const done = (answer: unknown, lost: Loss | undefined) => {
      if (this.#source !== source) return;
      if (lost === undefined) answered(answer);
      else this.#again(`no answer (${lost})`);
    };
    source.connection.call(request, done, this.#timeoutMs);
  }

  #fetched(answer: FetchReply): void {
    const source = this.source as string;
    if ('refused' in answer) {
      const { refused, primary } = answer;
      // Ahead of a primary: what this member has and that one lacks is not to be.
      if (refused === 'diverged' || (refused === 'behind' && primary && this.#member.followsAnyPrimary)) {
        this.#findCommonPoint(0);
      } else {
        this.#again(REFUSALS[refused]);
      }
      return;
    }
    this.#member.fetched(answer, source);
    if (this.source === source) this.#fetch();
  }

  /** Goes back in this log, a chunk at a time, until the source knows an entry. */
  #findCommonPoint(skipped: number): void {
    const { oplog } = this.#member;
    const end = oplog.length - skipped;
    const entries: readonly Entry[] = oplog.entries.slice(Math.max(0, end - COMPARED), end).reverse();
    if (entries.length === 0) {
      this.#rollBack(0);
      return;
    }
    this.#ask({ do: 'compare', entries }, (unknown) => {
      const count = unknown as number;
      if (count === entries.length) this.#findCommonPoint(skipped + count);
      else this.#rollBack(oplog.length - skipped - count);
    });
  }

  #rollBack(count: number): void {
    const source = this.source as string;
    if (this.#member.rollBack(count, source)) this.#fetch();
    else this.stop();
  }
}

/**
 * Whom to replicate from: the nearest member (by its ping) that is ahead, the primary always among them. Of two as near
 * as each other the later in the configuration wins. (2.4: rs_initialsync.cpp, getMemberToSyncTo; later SyncSourceResolver.)
 */
export function chooseSource(member: Member): string | undefined {
  let closest: Candidate | undefined;
  for (const one of member.candidates()) {
    if (!one.up || (one.state !== 'PRIMARY' && one.state !== 'SECONDARY')) continue;
    if (one.state === 'SECONDARY' && !member.set.chaining) continue;
    if (one.state === 'SECONDARY' && compareOptimes(one.applied, member.oplog.last) <= 0) continue;
    if (closest !== undefined && one.pingMs > closest.pingMs) continue;
    closest = one;
  }
  return closest?.node;
}
