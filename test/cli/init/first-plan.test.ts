/** Every plan that `plan-run init` offers is one: without a problem, laid out, and of what goes together. */
import { describe, expect, it } from 'vitest';
import { type Answers, type Combination, combinationsOf, NONE, targetsOf } from '../../../src/cli/init/choices.ts';
import { firstPlan } from '../../../src/cli/init/first-plan.ts';
import { answersFrom } from '../../../src/cli/init/questions.ts';
import { matrixOf } from '../../../src/cli/modules.ts';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { format } from '../../../src/plan/format/index.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

const registry = makeRegistry();
const all = combinationsOf(registry, matrixOf(registry));
const judge = (text: string) => validatePlan({ file: 'plan.yaml', bytes: Buffer.from(text) }, registry);

/** All answers of a combination, as the questions offer them. */
async function offered(
  one: Combination,
  more: { nodes?: string; rate?: string; for?: string } = {},
): Promise<Answers[]> {
  const found: Answers[] = [];
  for (const target of Object.keys(targetsOf(one.fault, registry.databases.get(one.database)!))) {
    try {
      found.push(await answersFrom({ ...one, target, ...more }, registry, undefined));
    } catch (error) {
      expect(String(error)).toMatch(/does not go with|leaves no majority/);
    }
  }
  return found;
}

describe('what is offered', () => {
  it('is each database that a plan can begin with, in each environment that has it', () => {
    const seen = new Set(all.map(({ env, database }) => `${env} ${database}`));
    expect([...seen]).toEqual([
      ...['sim redis', 'sim mongodb', 'sim postgres', 'sim riak'],
      ...['lab redis', 'lab mongodb', 'lab postgres', 'lab riak', 'lab etcd'],
      ...['ssh redis', 'ssh mongodb', 'ssh postgres', 'ssh riak', 'ssh etcd'],
    ]);
    expect(all.every(({ workload }) => workload !== 'noop')).toBe(true);
    expect(all[0]).toEqual({ env: 'sim', database: 'redis', workload: 'set', fault: 'partition' });
  });

  it('has no problem, not even a warning, and is laid out', async () => {
    let count = 0;
    for (const one of all) {
      const plans = await offered(one);
      expect(plans.length, JSON.stringify(one)).toBeGreaterThan(0);
      for (const answers of plans) {
        const text = firstPlan(answers, registry, '../schemas/plan.schema.json');
        const { problems, ready } = judge(text);
        expect(problems, text).toEqual([]);
        expect(format({ file: 'plan.yaml', bytes: Buffer.from(text) })).toEqual({ text });
        expect(ready?.plan).toMatchObject({ environment: { name: one.env }, database: { name: one.database } });
        count++;
      }
    }
    expect(count).toBeGreaterThan(500);
  });

  it.each([
    { nodes: '1', fault: NONE },
    { nodes: '3' },
    { nodes: '9' },
    { for: '1s' },
    { for: '1m' },
    { rate: '1/s' },
    { rate: '30/m', for: '1h' },
    { nodes: '3', for: '2s', rate: '1000/s' },
  ])('whatever the numbers are: %j', async ({ fault, ...more }) => {
    const some = all.filter(
      (one, at) => (fault === undefined ? at % 8 === 0 : one.fault === fault) && one.env !== 'ssh',
    );
    for (const one of some)
      for (const answers of await offered(one, more)) {
        const text = firstPlan(answers, registry, 'schema');
        expect(judge(text).problems, text).toEqual([]);
      }
  });

  it('lasts as long as it should: before the fault, during it, and after it', async () => {
    const given = { database: 'redis', workload: 'set', fault: 'partition', for: '20s', rate: '10/s' };
    const answers = await answersFrom(given, registry, undefined);
    const { plan, timeline } = judge(firstPlan(answers, registry, 'schema')).ready!;
    expect(plan.workload).toMatchObject({ settings: { writes: 350 } });
    expect(timeline.workload.durationMs).toBe(35_000);
  });
});

describe('questions', () => {
  /** Answers each question, and writes down what was asked. */
  const asker = (...answers: string[]) => {
    const asked: [title: string, choices: string[]][] = [];
    const next = (fallback: string) => answers.shift() ?? fallback;
    return {
      asked,
      async select(title: string, choices: readonly { value: string }[]) {
        asked.push([title, choices.map(({ value }) => value)]);
        return next(choices[0]!.value);
      },
      async text(title: string, usual: string) {
        asked.push([title, [usual]]);
        return next(usual);
      },
    };
  };

  it('are those that the flags leave open; the first choice is the usual one', async () => {
    const all = asker();
    expect(await answersFrom({}, registry, all)).toEqual(await answersFrom({}, registry, undefined));
    expect(all.asked.map(([title]) => title)).toHaveLength(8);
    const some = asker();
    await answersFrom({ env: 'sim', database: 'redis', nodes: '3', rate: '50/s', for: '5s' }, registry, some);
    expect(some.asked.map(([title]) => title)).toEqual([
      'What do the clients do?',
      'What is broken?',
      'Whom does it hit?',
    ]);
  });

  it('offer only what goes with the answers before, and with the flags to come', async () => {
    const append = asker();
    await answersFrom({ workload: 'append' }, registry, append);
    expect(append.asked.slice(0, 2)).toEqual([
      ['Where does it run?', ['lab', 'ssh']],
      ['Which database?', ['postgres', 'etcd']],
    ]);
    const riak = asker('sim', 'riak');
    await answersFrom({}, registry, riak);
    expect(riak.asked[2]).toEqual(['What do the clients do?', ['set', 'set-full']]);
  });

  it('have no fault among them that leaves no majority', async () => {
    const small = asker('sim', 'redis', 'set', '1');
    await answersFrom({}, registry, small);
    expect(small.asked[4]).toEqual(['What is broken?', ['partition', 'none']]);
    // one choice is no question
    expect(small.asked[5]).toEqual(['How many operations, of all clients together?', ['100/s']]);
  });

  it.each([
    [{ database: 'redes' }, 'there is no database "redes"'],
    [{ env: 'cloud' }, 'there is no environment "cloud"'],
    [{ fault: 'killl' }, 'there is no fault "killl"'],
    [{ database: 'service' }, 'a first plan cannot be made with --database service'],
    [{ database: 'mongodb', workload: 'lock' }, '--database mongodb, --workload lock do not go together'],
    [{ env: 'sim', database: 'etcd' }, '--env sim, --database etcd do not go together'],
    [{ fault: 'kill', target: 'halves' }, '--target halves does not go with --fault kill of redis'],
    [{ fault: 'kill', nodes: '1' }, 'with one node the fault kill leaves no majority'],
    [{ nodes: '0' }, '--nodes 0 makes no sense'],
    [{ rate: 'max' }, '--rate max makes no sense'],
    [{ for: '3' }, '--for 3 makes no sense'],
  ])('%j makes no sense', async (given, words) => {
    await expect(answersFrom(given, registry, undefined)).rejects.toMatchObject({ code: 'usage', message: words });
  });
});
