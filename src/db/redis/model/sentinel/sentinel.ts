import type { Handler, SimProcess } from '../../../../contract/index.ts';
import { SENTINEL_PORT } from '../../config.ts';
import type { MasterDownReply, SentinelCommand } from '../protocol.ts';
import { askOthers, checkObjectivelyDown, checkSubjectivelyDown } from './availability.ts';
import { continueFailover, startFailoverIfNeeded } from './failover.ts';
import { processHello } from './gossip.ts';
import { reconnect, sendPeriodicCommands } from './links.ts';
import { event } from './log.ts';
import { makeState, switchMaster } from './make-state.ts';
import { TILT_PERIOD_MS, TILT_TRIGGER_MS } from './periods.ts';
import { currentPrimary } from './saved.ts';
import type { Instance, Master, SentinelConfig, SentinelState } from './state.ts';
import { voteLeader } from './votes.ts';

/** Ticks a second: between these, drawn anew for each, so that Sentinels do not stay in step (sentinelTimer). */
const HZ = { min: 10, max: 19 };

/** A Sentinel: it watches the servers and the other Sentinels, and leads a failover where it is elected to. */
export class Sentinel {
  readonly process: SimProcess;
  readonly #state: SentinelState;
  readonly #hz;
  #lastTick: number;

  constructor(process: SimProcess, config: SentinelConfig) {
    this.process = process;
    this.#state = makeState(process, config);
    this.#hz = process.rng.fork('hz');
    this.#lastTick = process.wallMs();
    process.listen(SENTINEL_PORT, () => this.#handler());
    process.say('monitor', `+monitor master main ${this.#state.master.node} 6379 quorum ${config.quorum}`);
    this.#tick();
  }

  get master(): Master {
    return this.#state.master;
  }

  #handler(): Handler {
    return { asked: (command, reply) => this.#asked(command as SentinelCommand, reply) };
  }

  #asked(command: SentinelCommand, reply: (answer: unknown) => void): void {
    const state = this.#state;
    switch (command.command) {
      case 'PING':
        reply('PONG');
        break;
      case 'GET-MASTER-ADDR-BY-NAME':
        reply(currentPrimary(state.master));
        break;
      case 'PUBLISH':
        processHello(state, command.hello);
        reply(1);
        break;
      case 'IS-MASTER-DOWN-BY-ADDR':
        this.#opinion(command, reply);
    }
  }

  /** An opinion on the primary, and a vote where one is asked for (sentinelCommand, is-master-down-by-addr). */
  #opinion(
    { node, epoch, candidate }: Extract<SentinelCommand, { command: 'IS-MASTER-DOWN-BY-ADDR' }>,
    reply: (answer: MasterDownReply) => void,
  ): void {
    const state = this.#state;
    const { master } = state;
    const mine = node === master.node;
    const down = state.tiltSince === 0 && mine && master.down;
    if (!mine || candidate === '*') reply({ down, leader: '*', leaderEpoch: 0 });
    else
      voteLeader(state, epoch, candidate, (vote) =>
        reply({ down, leader: vote.leader ?? '*', leaderEpoch: vote.epoch }),
      );
  }

  /** sentinelTimer */
  #tick(): void {
    const state = this.#state;
    this.#checkTilt();
    const { master } = state;
    this.#handle(master);
    for (const replica of [...master.replicas.values()]) this.#handle(replica);
    for (const sentinel of master.sentinels.values()) this.#handle(sentinel);
    if (master.failover === 'update_config') switchMaster(state, currentPrimary(master));
    this.process.after(Math.floor(1_000 / this.#hz.int(HZ.min, HZ.max)), () => this.#tick());
  }

  /** sentinelHandleRedisInstance */
  #handle(instance: Instance): void {
    const state = this.#state;
    reconnect(state, instance);
    sendPeriodicCommands(state, instance);
    if (state.tiltSince !== 0) return;
    checkSubjectivelyDown(state, instance);
    if (instance.kind !== 'master') return;
    checkObjectivelyDown(state);
    if (startFailoverIfNeeded(state)) askOthers(state, true);
    continueFailover(state);
    askOthers(state, false);
  }

  /** A tick that comes much too late, or too early: it was stopped, or the clock was set. It only watches for a while. */
  #checkTilt(): void {
    const state = this.#state;
    const now = this.process.wallMs();
    const sinceMs = now - this.#lastTick;
    this.#lastTick = now;
    if (sinceMs < 0 || sinceMs > TILT_TRIGGER_MS) {
      state.tiltSince = now;
      event(state, '+tilt', '#tilt mode entered');
    } else if (state.tiltSince !== 0 && now - state.tiltSince >= TILT_PERIOD_MS) {
      state.tiltSince = 0;
      event(state, '-tilt', '#tilt mode exited');
    }
  }
}
