/** What riak-admin prints, and what is made of it: against a node that prints what it is told, with the texts of Riak's sources. */
import { describe, expect, test } from 'vitest';
import { PlanRunError } from '../../../src/base/errors.ts';
import type { Node } from '../../../src/contract/index.ts';
import { join, makeBucketType } from '../../../src/db/riak/form.ts';
import type { Installation } from '../../../src/db/riak/installation.ts';
import type { RiakSettings } from '../../../src/db/riak/settings.ts';
import { type Member, membersIn, missing, serves } from '../../../src/db/riak/status.ts';

const LINE = '-'.repeat(79);
const head = `================================= Membership ==================================
Status     Ring    Pending    Node
${LINE}
`;
const STATUS = `${head}valid      34.4%      --      'riak@10.0.0.1'
valid      32.8%      --      'riak@10.0.0.2'
valid      32.8%      --      'riak@10.0.0.3'
${LINE}
Valid:3 / Leaving:0 / Exiting:0 / Joining:0 / Down:0
`;
const READY = "TRUE All nodes agree on the ring ['riak@10.0.0.1','riak@10.0.0.2','riak@10.0.0.3']\n";
const DONE = 'No transfers active\n\nActive Transfers:\n\n\n';

type Answers = Record<string, string | Error | ((argv: readonly string[]) => string)>;

/** Three nodes that answer `ringready`, `cluster join riak@...` and so on by the longest words that they know; and what they were asked. */
function cluster(answers: Answers, ...others: Answers[]): { members: Member[]; asked: string[] } {
  const asked: string[] = [];
  const members = [1, 2, 3].map((k): Member => {
    const own: Answers = { ...answers, ...others[k - 2] };
    const riak = {
      async admin(argv: readonly string[]) {
        asked.push(`n${k} ${argv.join(' ')}`);
        const words = Object.keys(own).filter((words) => argv.join(' ').startsWith(words));
        const answer = own[words.sort((a, b) => b.length - a.length)[0] ?? ''] ?? '';
        if (answer instanceof Error) throw answer;
        const stdout = typeof answer === 'string' ? answer : answer(argv);
        return { stdout, stderr: '', exitCode: stdout.startsWith('FALSE') ? 1 : 0, timedOut: false };
      },
    } as unknown as Installation;
    return { node: { name: `n${k}`, address: `10.0.0.${k}` } as Node, riak };
  });
  return { members, asked };
}

const GOOD: Answers = { ringready: READY, 'member-status': STATUS, transfers: DONE };

describe('ready', () => {
  test('when all agree, all are members, and nothing is left to hand off', async () => {
    expect(await missing(cluster(GOOD).members)).toBeUndefined();
  });

  test.each<[string, Answers, string]>([
    [
      'a node is down',
      { ringready: "FALSE ['riak@10.0.0.3'] down.  All nodes need to be up to check.\n" },
      "n2: FALSE ['riak@10.0.0.3'] down.  All nodes need to be up to check.",
    ],
    ['a node does not answer', { ringready: new PlanRunError('timeout', 'too slow') }, 'n2: Riak does not answer'],
    ['its script is not done in time', { ringready: '' }, 'n2: Riak does not answer'],
  ])('%s', async (_, answers, words) => {
    expect(await missing(cluster(GOOD, answers).members)).toBe(words);
  });

  test.each([
    [
      STATUS.replace("valid      32.8%      --      'riak@10.0.0.2'", "joining     0.0%      --      'riak@10.0.0.2'"),
      'n2 is joining',
    ],
    [STATUS.replace("valid      32.8%      --      'riak@10.0.0.3'\n", ''), 'n3 is no member'],
    [STATUS.replaceAll('    --  ', '  33.3%'), 'n1 has yet to get or give partitions'],
    ['', 'n1 is no member; n2 is no member'],
  ])('member-status %#', async (status, words) => {
    expect(await missing(cluster({ ...GOOD, 'member-status': status }).members)).toContain(words);
  });

  test('a node still holds what is another’s', async () => {
    const transfers = "'riak@10.0.0.2' waiting to handoff 3 partitions\n\nActive Transfers:\n\n\n";
    expect(await missing(cluster({ ...GOOD, transfers }).members)).toBe(
      "n1: 'riak@10.0.0.2' waiting to handoff 3 partitions Active Transfers:",
    );
  });

  test('it serves when the service is up', async () => {
    const [first] = cluster({ services: '[riak_kv,riak_pipe]\n' }).members as [Member];
    expect(await serves(first)).toBe(true);
    for (const services of ['[riak_pipe]\n', '[]\n', 'Node is not running!\n', 'Node did not respond to ping!\n'])
      expect(await serves(cluster({ services }).members[0] as Member)).toBe(false);
  });
});

test('members, by riak-admin member-status', () => {
  expect([...membersIn(STATUS)]).toEqual(
    [1, 2, 3].map((k) => [`riak@10.0.0.${k}`, { status: 'valid', pending: false }]),
  );
  expect(membersIn(`${head}valid     100.0%     20.3%    'riak@10.0.0.1'\n`).get('riak@10.0.0.1')).toEqual({
    status: 'valid',
    pending: true,
  });
});

describe('joining', () => {
  const ALONE = `${head}valid     100.0%      --      'riak@10.0.0.1'\n${LINE}\n`;
  const joinable: Answers = {
    'member-status': ALONE,
    'cluster join': "Success: staged join request for 'riak@10.0.0.2' to 'riak@10.0.0.1'\n",
    'cluster plan': '=============================== Staged Changes ================================\n',
    'cluster commit': 'Cluster changes committed\n',
  };

  test('each joins the first, which looks at the plan and commits it', async () => {
    const { members, asked } = cluster(joinable);
    expect(await join(members)).toBeUndefined();
    expect(asked).toEqual([
      'n1 member-status',
      'n2 cluster join riak@10.0.0.1',
      'n3 cluster join riak@10.0.0.1',
      'n1 cluster plan',
      'n1 cluster commit',
    ]);
  });

  test('one that cannot yet is said, and nothing is committed', async () => {
    const { members, asked } = cluster(joinable, { 'cluster join': 'Node riak@10.0.0.1 is not reachable!\n' });
    expect(await join(members)).toBe('n2 cannot join n1 yet: Node riak@10.0.0.1 is not reachable!');
    expect(asked.some((words) => words.includes('commit'))).toBe(false);
  });

  test('those who wait to be committed do not join again', async () => {
    const joining = `${ALONE}joining     0.0%      --      'riak@10.0.0.2'\njoining     0.0%      --      'riak@10.0.0.3'\n`;
    const refused = {
      'cluster commit':
        'Unable to commit cluster changes. Plan may have changed, please verify the plan and try to commit again\n',
    };
    const { members, asked } = cluster({ ...joinable, ...refused, 'member-status': joining });
    expect(await join(members)).toMatch(
      /^n1 cannot commit the change of the cluster yet: Unable to commit .* \(its plan: =+ Staged/,
    );
    expect(asked).toEqual(['n1 member-status', 'n1 cluster plan', 'n1 cluster commit']);
  });

  test('a whole cluster is left alone', async () => {
    const { members, asked } = cluster({ 'member-status': STATUS });
    expect(await join(members)).toBeUndefined();
    expect(asked).toEqual(['n1 member-status']);
  });
});

describe('a bucket type', () => {
  const settings = {
    bucket_type: 'sets',
    n_val: 3,
    allow_mult: true,
    last_write_wins: false,
    data_type: 'set',
  } as RiakSettings;

  test('is created and activated', async () => {
    let active = false;
    const { members, asked } = cluster({
      'bucket-type status': () =>
        active ? 'sets is active\n\nactive: true\n' : 'sets is not an existing bucket type\n',
      'bucket-type create': 'sets created\n',
      'bucket-type activate': () => {
        active = true;
        return 'sets has been activated\n';
      },
    });
    expect(await makeBucketType(members[0] as Member, settings)).toBeUndefined();
    expect(asked.slice(1, 3)).toEqual([
      'n1 bucket-type create sets {"props":{"n_val":3,"allow_mult":true,"last_write_wins":false,"datatype":"set"}}',
      'n1 bucket-type activate sets',
    ]);
  });

  test('that is there is left alone; a plan without one asks for none', async () => {
    const { members, asked } = cluster({ 'bucket-type status': 'sets is active\n' });
    expect(await makeBucketType(members[0] as Member, settings)).toBeUndefined();
    const { bucket_type: _, ...without } = settings;
    expect(await makeBucketType(members[0] as Member, without as RiakSettings)).toBeUndefined();
    expect(asked).toEqual(['n1 bucket-type status sets']);
  });

  test('that cannot be activated yet is said, in Riak’s words', async () => {
    const { members } = cluster({
      'bucket-type status': 'sets has been created but cannot be activated yet\n',
      'bucket-type create': 'sets created\n',
      'bucket-type activate': 'sets has not been activated: not ready\n',
    });
    expect(await makeBucketType(members[0] as Member, settings)).toBe(
      'the bucket type sets is not active yet: sets created; sets has not been activated: not ready',
    );
  });
});
