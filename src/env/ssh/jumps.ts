import type { Login } from '../../contract/index.ts';
import { type LoginOptions, logIn, type Session } from './login.ts';

interface Open {
  readonly session: Promise<Session>;
  users: number;
}

/** Connections to jump hosts, one for all nodes behind the same; each ends with the last that uses it. */
export class Jumps {
  readonly #open = new Map<string, Open>();

  /** @param login with its secrets. @returns the session, and how to let go of it. @throws LoginFailure. */
  async take(login: Login, options: LoginOptions): Promise<{ session: Session; release(): Promise<void> }> {
    const key = JSON.stringify(login);
    const open = this.#open.get(key) ?? { session: logIn(login, options), users: 0 };
    this.#open.set(key, open);
    open.users += 1;
    const release = async () => {
      open.users -= 1;
      if (open.users > 0) return;
      if (this.#open.get(key) === open) this.#open.delete(key);
      await open.session.then(
        (session) => session.close(),
        () => {},
      );
    };
    try {
      const session = await open.session;
      // Who comes later logs in anew.
      session.lost.addEventListener('abort', () => this.#open.get(key) === open && this.#open.delete(key));
      return { session, release };
    } catch (error) {
      await release();
      throw error;
    }
  }
}
