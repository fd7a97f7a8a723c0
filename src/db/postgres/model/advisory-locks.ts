/** The advisory locks of one server (manual, 13.3.5): in its memory alone, each a session's. None is on the disk. */
export class AdvisoryLocks {
  readonly #held = new Map<number, { readonly session: object; times: number }>();

  /** Whether the session has it now; who has it may have it again, and must unlock it as often. */
  tryLock(key: number, session: object): boolean {
    const held = this.#held.get(key) ?? { session, times: 0 };
    if (held.session !== session) return false;
    held.times++;
    this.#held.set(key, held);
    return true;
  }

  /** Whether the session had it. */
  unlock(key: number, session: object): boolean {
    const held = this.#held.get(key);
    if (held?.session !== session) return false;
    if (--held.times === 0) this.#held.delete(key);
    return true;
  }

  /** The session is over. @returns whether it had any. */
  end(session: object): boolean {
    const its = [...this.#held].filter(([, held]) => held.session === session);
    for (const [key] of its) this.#held.delete(key);
    return its.length > 0;
  }
}
