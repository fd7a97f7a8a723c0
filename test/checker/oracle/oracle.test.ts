/**
 * The checkers against their definitions, written down once more without regard to cost, on random histories: answers are drawn, so that most
 * histories are wrong in some way, and many in several.
 */
import { expect, test } from 'vitest';
import type { Rng } from '../../../src/base/rng.ts';
import { checkers } from '../../../src/checker/index.ts';
import { BARE_CONTEXT, type CheckerResult } from '../../../src/contract/index.ts';
import type { History } from '../../../src/history/index.ts';
import type { Ask } from '../../planted/simulate.ts';
import { anyEnd, type Call, callsOf, type End, randomHistory, someOf } from './random.ts';

const RUNS = 10_000;
const SMALL = [0, 1, 2, 3, 4];

/** What a definition says of a history: of the checker's result these fields, and no verdict that this does not say. */
type Definition = (calls: readonly Call[]) => Readonly<Record<string, unknown>>;

function agrees(
  name: string,
  settings: object,
  [next, end]: [next: (rng: Rng) => Ask, end: (rng: Rng, ask: Ask) => End],
  definition: Definition,
): void {
  const checker = checkers.find((one) => one.name === name);
  const verdicts = new Map<unknown, number>();
  for (let seed = 1; seed <= RUNS; seed++) {
    const history = randomHistory(seed, 2 + (seed % 9), next, end);
    const result = checker?.check(history, settings, BARE_CONTEXT) as CheckerResult;
    const wanted = definition(callsOf(history));
    for (const [field, value] of Object.entries(wanted)) {
      if (JSON.stringify(result[field]) === JSON.stringify(value)) continue;
      expect({ [field]: result[field] }, `seed ${seed}:\n${told(history)}`).toEqual({ [field]: value });
    }
    verdicts.set(result.valid, (verdicts.get(result.valid) ?? 0) + 1);
  }
  // A test of one verdict tests little.
  for (const valid of [true, false]) expect(verdicts.get(valid), `${valid}`).toBeGreaterThan(RUNS / 200);
}

const told = (history: History) => [...history.ops()].map((op) => JSON.stringify(op)).join('\n');
const ask = (f: string, value: unknown = null): Ask => ({ f, value });
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);
const ok = (calls: readonly Call[], ...fs: string[]) => calls.filter(({ f, type }) => fs.includes(f) && type === 'ok');
const ended = (rng: Rng, value: unknown): End => {
  const type = anyEnd(rng);
  return type === undefined ? {} : { type, value };
};
/** As results have lists of integers. */
const text = (elements: readonly number[]) => {
  const runs: string[] = [];
  for (let i = 0; i < elements.length; i++) {
    const first = elements[i] as number;
    while (elements[i + 1] === (elements[i] as number) + 1) i++;
    runs.push(first === elements[i] ? `${first}` : `${first}..${elements[i]}`);
  }
  return runs.join(' ');
};

test('counter', () => {
  agrees(
    'counter',
    {},
    [
      (rng) => (rng.int(0, 1) === 0 ? ask('add', rng.int(-2, 4)) : ask('read')),
      (rng, { f, value }) => ended(rng, f === 'add' ? value : rng.int(-2, 6)),
    ],
    (calls) => {
      const adds = calls.filter(({ f, type }) => f === 'add' && type !== 'fail');
      const reads = ok(calls, 'read').map(({ began, ended, got }) => {
        const bound = (weaker: (a: number, b: number) => number) =>
          sum(
            adds.map((add) => {
              const amount = add.asked as number;
              // It had happened when the read began, or it may have happened when it ended, or neither.
              if (add.ended < began) return amount;
              return add.began < ended ? weaker(0, amount) : 0;
            }),
          );
        return [bound(Math.min), got as number, bound(Math.max)] as const;
      });
      const errors = reads.filter(([low, value, high]) => value < low || value > high);
      return { reads, errors, valid: errors.length === 0 };
    },
  );
});

const setEnd = (rng: Rng, { f, value }: Ask) =>
  ended(rng, f === 'add' ? value : [...someOf(rng, SMALL, 70), ...someOf(rng, [0, 1], 3)]);

test.each([true, false])('set-full, linearizable: %s', (linearizable) => {
  agrees(
    'set-full',
    { linearizable },
    [(rng) => (rng.int(0, 2) > 0 ? ask('add', rng.int(0, 4)) : ask('read')), setEnd],
    (calls) => {
      const of = (outcome: string) => lives.filter((life) => life.outcome === outcome);
      const reads = ok(calls, 'read');
      const elements = sorted(new Set(calls.flatMap(({ f, asked }) => (f === 'add' ? [asked as number] : []))));
      const lives = elements.map((element) => {
        const adds = calls.filter(({ f, asked }) => f === 'add' && asked === element);
        const firstTried = Math.min(...adds.map(({ began }) => began));
        const having = reads.filter(({ got }) => (got as number[]).includes(element));
        const firstHeard = Math.min(firstTried, ...having.map(({ ended }) => ended));
        const lacking = reads.filter((read) => !having.includes(read) && firstHeard < read.ended);
        const last = (some: readonly Call[]) => some.toSorted((a, b) => b.began - a.began)[0];
        const [present, absent] = [last(having), last(lacking)];
        const proofs = [...ok(adds, 'add'), ...having].sort((a, b) => a.ended - b.ended);
        const [known] = proofs;
        const missed = known !== undefined && absent !== undefined && absent.began > known.ended;
        const isStable = present !== undefined && (absent === undefined || absent.began < present.began);
        const isLost = !isStable && missed;
        const ms = (read: Call | undefined) =>
          read === undefined ? 0 : Math.floor(Math.max(0, read.beganTime + 1 - (known as Call).endedTime) / 1e6);
        return {
          element,
          outcome: isStable ? 'stable' : isLost ? 'lost' : 'never',
          stale: isStable && missed,
          early: having.some((read) => read.ended < firstTried),
          failed:
            having.length > 0 &&
            (adds.every(({ type }) => type === 'fail') ||
              adds.some(
                ({ began }) =>
                  having.some((read) => read.ended < began) &&
                  adds.every((other) => other.began >= began || (other.type === 'fail' && other.over < began)),
              )),
          latency: isStable ? ms(absent) : isLost ? ms(present) : 0,
        };
      });
      const [stable, lost, stale] = [of('stable'), of('lost'), lives.filter((life) => life.stale)];
      const names = (some: typeof lives) => some.map(({ element }) => element);
      const wild = sorted(new Set(reads.flatMap(({ got }) => got as number[]))).filter(
        (one) => !elements.includes(one),
      );
      const unexpected = sorted([...names(lives.filter(({ early }) => early)), ...wild]);
      const failed = names(lives.filter((life) => life.failed && !life.early));
      const twice = new Set(
        reads.flatMap(({ got }) => (got as number[]).filter((one, i, list) => list.indexOf(one) < i)),
      );
      const quantile = (some: typeof lives) => {
        const values = sorted(some.map(({ latency }) => latency));
        return [0, 0.5, 0.95, 0.99, 1].map((q) => values[Math.min(values.length - 1, Math.floor(values.length * q))]);
      };
      const wrong = lost.length + unexpected.length + failed.length + twice.size + (linearizable ? stale.length : 0);
      return {
        valid: wrong > 0 ? false : stable.length === 0 ? 'unknown' : true,
        attempted: elements.length,
        stable: stable.length,
        lost_elements: text(names(lost)),
        never_read_elements: text(names(of('never'))),
        stale_elements: text(names(stale)),
        duplicated_elements: text(sorted(twice)),
        unexpected_elements: text(unexpected),
        failed_but_present_elements: text(failed),
        ...(stable.length > 0 && { stable_latencies_ms: latencies(quantile(stable)) }),
        ...(lost.length > 0 && { lost_latencies_ms: latencies(quantile(lost)) }),
      };
    },
  );
});

function latencies([least, median, p95, p99, most]: readonly (number | undefined)[]) {
  // JSON.stringify has integers as keys first.
  return { 0: least, 1: most, 0.5: median, 0.95: p95, 0.99: p99 };
}

const queueNext = (rng: Rng) => {
  const draw = rng.int(0, 9);
  return draw < 5 ? ask('enqueue', rng.int(0, 3)) : draw < 9 ? ask('dequeue') : ask('drain');
};
const queueEnd = (rng: Rng, { f, value }: Ask) => {
  const type = anyEnd(rng);
  if (type === undefined) return {};
  return { type, value: f === 'enqueue' ? value : f === 'dequeue' ? rng.int(0, 3) : someOf(rng, [0, 1, 2, 3, 3], 40) };
};
const takes = (calls: readonly Call[]) =>
  ok(calls, 'dequeue', 'drain').flatMap(({ f, got, ended }) => {
    return (f === 'drain' ? (got as number[]) : [got as number]).map((value) => ({ value, ended }));
  });

test('queue', () => {
  agrees('queue', {}, [queueNext, queueEnd], (calls) => {
    const counted = new Map<number, number>();
    const nowhere: number[] = [];
    for (const { value, ended } of takes(calls)) {
      const could = calls.filter(
        (one) => one.f === 'enqueue' && one.type !== 'fail' && one.asked === value && one.began < ended,
      );
      const taken = counted.get(value) ?? 0;
      if (taken < could.length) counted.set(value, taken + 1);
      else nowhere.push(value);
    }
    return { valid: nowhere.length === 0, unexpected: nowhere.length };
  });
});

test.each([true, false])('total-queue, redelivers: %s', (redelivers) => {
  agrees('total-queue', { redelivers }, [queueNext, queueEnd], (calls) => {
    const enqueues = calls.filter(({ f }) => f === 'enqueue');
    const taken = takes(calls);
    const found = { lost: 0, unexpected: 0, duplicated: 0, recovered: 0, failed_but_dequeued: 0, ok: 0 };
    for (const value of [0, 1, 2, 3]) {
      const own = enqueues.filter(({ asked }) => asked === value);
      const sure = ok(own, 'enqueue').length;
      const came = taken.filter((take) => take.value === value).length;
      found.lost += Math.max(0, sure - came);
      if (own.length === 0) found.unexpected += came;
      else found.duplicated += Math.max(0, came - own.length);
      found.ok += Math.min(came, own.length);
      found.recovered += Math.max(0, Math.min(came, own.length) - sure);
      if (own.every(({ type }) => type === 'fail')) found.failed_but_dequeued += Math.min(came, own.length);
    }
    const drains = calls.filter(({ f }) => f === 'drain');
    const acknowledged = Math.max(...ok(enqueues, 'enqueue').map(({ ended }) => ended));
    const emptied = drains.length === 0 || ok(drains, 'drain').some(({ began }) => began > acknowledged);
    const unanswered = calls.filter(({ f, type }) => f !== 'enqueue' && type === 'info');
    const explained = unanswered.some(({ f }) => f === 'drain') || found.lost <= unanswered.length;
    // What is given again must have been asked for again.
    const givenUp = Math.max(-1, ...unanswered.map(({ over }) => over));
    const asked =
      drains.length > 0 ? ok(drains, 'drain') : calls.filter(({ f, type }) => f === 'dequeue' && type !== 'info');
    const again = redelivers && asked.some(({ began }) => began > givenUp);
    const isLost = found.lost > 0 && emptied && (again || !explained);
    const wrong = isLost || found.unexpected > 0 || found.failed_but_dequeued > 0;
    return { valid: wrong ? false : found.lost > 0 ? 'unknown' : true, ...found };
  });
});

test('unique-ids', () => {
  agrees('unique-ids', {}, [() => ask('generate'), (rng) => ended(rng, rng.int(0, 40))], (calls) => {
    const ids = ok(calls, 'generate').map(({ got }) => got as number);
    const twice = sorted(new Set(ids.filter((id, i) => ids.indexOf(id) < i)));
    if (ids.length === 0) return { valid: 'unknown' };
    return {
      valid: twice.length === 0,
      duplicated: twice.length,
      attempted: calls.length,
    };
  });
});

test('causal', () => {
  let next = 0;
  agrees(
    'causal',
    {},
    [
      (rng) => (rng.int(0, 2) > 0 ? ask('write', next++ % 6) : ask('read')),
      (rng, { f, value }) => ended(rng, f === 'write' ? value : someOf(rng, [0, 1, 2, 3, 4, 5], 50)),
    ],
    (calls) => {
      const writes = calls.filter(({ f }) => f === 'write');
      const of = (value: unknown) => writes.filter(({ asked }) => asked === value);
      const firstEnd = (value: unknown) => Math.min(...of(value).map((write) => write.ended));
      /** Of those that began by then the last one before which all had failed. */
      const began = (value: unknown, by: number) => {
        const isFirst = (write: Call) =>
          of(value).every((other) => other.began >= write.began || (other.type === 'fail' && other.over < write.began));
        return Math.max(...of(value).map((write) => (write.began < by && isFirst(write) ? write.began : -1)));
      };
      const values = sorted(new Set(writes.map(({ asked }) => asked as number)));
      const reads = ok(calls, 'read');
      const errors = reads.flatMap(({ got, ended }) => {
        const seen = (got as number[]).filter((value) => began(value, ended) >= 0);
        const expected = values.filter((before) => seen.some((value) => firstEnd(before) < began(value, ended)));
        const missing = expected.filter((value) => !seen.includes(value));
        return missing.length === 0 ? [] : [{ index: ended, missing, expected_count: expected.length }];
      });
      const nothing = reads.length === 0 || writes.length === 0;
      return { valid: errors.length > 0 ? false : nothing ? 'unknown' : true, error_count: errors.length };
    },
  );
});

test('long-fork', () => {
  agrees(
    'long-fork',
    { group_size: 3 },
    [
      (rng) =>
        rng.int(0, 4) === 0
          ? ask('write', [['w', rng.int(0, 5), 1]])
          : ask(
              'read',
              [0, 1, 2].map((key) => ['r', key, null]),
            ),
      (rng, { f, value }) =>
        ended(
          rng,
          f === 'write' ? value : (value as unknown[][]).map(([, key]) => ['r', key, rng.int(0, 3) > 0 ? 1 : null]),
        ),
    ],
    (calls) => {
      const reads = ok(calls, 'read').map(({ ended, got }) => ({
        ended,
        seen: (got as [string, number, number | null][]).filter(([, , value]) => value !== null).map(([, key]) => key),
      }));
      const keys = calls.flatMap(({ f, type, asked }) =>
        f === 'write' && type !== 'fail' ? [(asked as [string, number][])[0]?.[1]] : [],
      );
      const twice = new Set(keys).size < keys.length;
      const forks = reads.flatMap((a, i) =>
        reads
          .slice(i + 1)
          .filter((b) => a.seen.some((key) => !b.seen.includes(key)) && b.seen.some((key) => !a.seen.includes(key)))
          .map((b) => [a.ended, b.ended]),
      );
      if (twice || reads.length === 0) return { valid: 'unknown' };
      return { valid: forks.length === 0, fork_count: forks.length, ...(forks.length > 0 && { forks }) };
    },
  );
});

test.each([true, false])('monotonic, real_time: %s', (real_time) => {
  agrees(
    'monotonic',
    { real_time },
    [
      (rng) => ask(rng.int(0, 1) === 0 ? 'increment' : 'read'),
      (rng, { f }) => ended(rng, f === 'read' && rng.int(0, 5) === 0 ? null : rng.int(0, 12)),
    ],
    (calls) => {
      const seen = ok(calls, 'increment', 'read');
      const level = ({ got }: Call) => (got as number | null) ?? -1;
      const found = { went_back: 0, not_increased: 0, duplicated: 0 };
      for (const one of seen) {
        const before = seen.filter((other) => other.ended < one.began && (real_time || other.process === one.process));
        const floor = Math.max(...before.map(level));
        if (level(one) < floor) found.went_back++;
        else if (one.f === 'increment' && level(one) === floor) found.not_increased++;
        if (
          one.f === 'increment' &&
          seen.some((other) => other.f === 'increment' && other.ended < one.ended && other.got === one.got)
        )
          found.duplicated++;
      }
      return {
        valid:
          found.went_back + found.not_increased + found.duplicated > 0 ? false : seen.length === 0 ? 'unknown' : true,
        ...found,
      };
    },
  );
});

test.each([
  ['at-least-once', 'none', false],
  ['at-most-once', 'sender', false],
  ['exactly-once', 'sender', true],
] as const)('delivery, %s, order: %s, redelivers: %s', (guarantee, order, redelivers) => {
  const messages = [0, 1].flatMap((sender) => [0, 1, 2].map((n) => [sender, n] as const));
  agrees(
    'delivery',
    { guarantee, order, redelivers },
    [
      (rng) => {
        const draw = rng.int(0, 9);
        return draw < 6 ? ask('send', messages[rng.int(0, 5)]) : ask(draw < 8 ? 'receive' : 'drain');
      },
      (rng, { f, value }) =>
        ended(rng, f === 'send' ? value : [...someOf(rng, messages, 25), ...someOf(rng, messages.toReversed(), 6)]),
    ],
    (calls) => {
      const is = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
      const came = ok(calls, 'receive', 'drain').flatMap(({ got, ended, process }) =>
        (got as (readonly [number, number])[]).map((message) => ({ message, ended, process })),
      );
      const firsts = came.filter(({ message }, i) => came.findIndex((one) => is(one.message, message)) === i);
      const sendsOf = (message: unknown) =>
        calls.filter(({ f, asked, type }) => f === 'send' && type !== 'fail' && is(asked, message));
      const of = (message: unknown) => {
        const sends = sendsOf(message);
        const times = came.filter((one) => is(one.message, message));
        const began = Math.min(...sends.map(({ began }) => began));
        return {
          sent: sends.length > 0,
          sure: ok(sends, 'send').length > 0,
          came: times.length > 0,
          invented: times.some(({ ended }) => ended < began),
          duplicated: times.length > Math.max(1, sends.length),
        };
      };
      const fates = messages.map(of);
      const lost = fates.filter(({ sure, came }) => sure && !came).length;
      const invented = fates.filter((fate) => fate.invented).length;
      const duplicated = fates.filter((fate) => fate.duplicated).length;
      const isBefore = (a: unknown, b: unknown) =>
        Math.min(...sendsOf(a).map(({ ended }) => ended)) < Math.min(...sendsOf(b).map(({ began }) => began));
      const out_of_order = firsts.filter(({ message, process }, i) =>
        firsts
          .slice(0, i)
          .some(
            (one) =>
              one.process === process &&
              one.message[0] === message[0] &&
              sendsOf(one.message).length > 0 &&
              isBefore(message, one.message),
          ),
      ).length;
      const acknowledged = Math.max(...ok(calls, 'send').map(({ ended }) => ended));
      const drained = ok(calls, 'drain').some(({ began }) => began > acknowledged);
      const unanswered = calls.filter(({ f, type }) => f !== 'send' && type === 'info');
      const askedAgain = ok(calls, 'drain').some(({ began }) => unanswered.every(({ over }) => over < began));
      const promised = guarantee !== 'at-most-once' && lost > 0;
      const isLost = promised && drained && (unanswered.length === 0 || (redelivers && askedAgain));
      const wrong =
        isLost ||
        invented > 0 ||
        (guarantee !== 'at-least-once' && duplicated > 0) ||
        (order === 'sender' && out_of_order > 0);
      const nothing =
        !fates.some(({ sent }) => sent) ||
        !fates.some(({ sure, came }) => came || (sure && guarantee !== 'at-most-once'));
      return {
        valid: wrong ? false : promised || nothing ? 'unknown' : true,
        lost,
        duplicated,
        invented,
        out_of_order,
      };
    },
  );
});
