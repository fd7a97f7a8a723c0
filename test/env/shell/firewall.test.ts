import { describe, expect, it } from 'vitest';
import { installRules, presenceOf, type Rules, removeRules, sweepRules } from '../../../src/env/shell/firewall.ts';

const RULES: Rules = {
  id: 'f1',
  run: 'test',
  drops: [
    { hook: 'INPUT', from: '10.77.0.3/32', to: '10.77.0.1/32' },
    { hook: 'INPUT', from: '10.77.0.4/32', to: '10.77.0.1/32' },
  ],
};

const POLICIES = '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n';
const CHAIN = `\
-A plan-run-f1 -s 10.77.0.3/32 -d 10.77.0.1/32 -m comment --comment "plan-run test f1" -j DROP
-A plan-run-f1 -s 10.77.0.4/32 -d 10.77.0.1/32 -m comment --comment "plan-run test f1" -j DROP
`;
const JUMP = '-A INPUT -m comment --comment "plan-run test f1" -j plan-run-f1\n';
const OTHER_JUMP = '-A INPUT -m comment --comment "plan-run test f2" -j plan-run-f2\n';

describe('the rules of a cut', () => {
  it('come in one transaction, the jump at the very top', () => {
    expect(installRules(RULES)).toBe(
      `*filter\n:plan-run-f1 - [0:0]\n${CHAIN}${JUMP.replace('-A INPUT', '-I INPUT 1')}COMMIT\n`,
    );
  });

  it('go in one transaction', () => {
    expect(removeRules(RULES)).toBe(`*filter\n${JUMP.replace('-A', '-D')}-F plan-run-f1\n-X plan-run-f1\nCOMMIT\n`);
  });
});

describe('presence', () => {
  const presence = (rules: string) => presenceOf(`${POLICIES}${rules}`, RULES);
  it.each([
    ['installed', 'when all is there', `-N plan-run-f1\n${JUMP}${CHAIN}`],
    ['installed', 'behind another jump of ours', `-N plan-run-f1\n-N plan-run-f2\n${OTHER_JUMP}${JUMP}${CHAIN}`],
    ['installed', 'before foreign rules', `-N plan-run-f1\n${JUMP}-A INPUT -j ACCEPT\n${CHAIN}`],
    ['partly', 'behind a foreign rule', `-N plan-run-f1\n-A INPUT -i lo -j ACCEPT\n${JUMP}${CHAIN}`],
    ['partly', 'without the jump', `-N plan-run-f1\n${CHAIN}`],
    ['partly', 'without one rule', `-N plan-run-f1\n${JUMP}${CHAIN.split('\n')[0]}\n`],
    ['partly', 'with a foreign rule in the chain', `-N plan-run-f1\n${JUMP}-A plan-run-f1 -j RETURN\n${CHAIN}`],
    ['partly', 'with an empty chain', `-N plan-run-f1\n${JUMP}`],
    ['not', 'when nothing is there', ''],
    ['not', 'when only another cut is', `-N plan-run-f2\n${OTHER_JUMP}`],
    ['not', 'when a cut is whose name begins like ours', '-N plan-run-f10\n-A INPUT -j plan-run-f10\n'],
  ])('is %s %s', (expected, _, rules) => {
    expect(presence(rules)).toBe(expected);
  });
});

describe('rules for both ways, with SSH let through', () => {
  const rules: Rules = {
    ...RULES,
    drops: [...RULES.drops, { hook: 'OUTPUT', from: '10.77.0.1/32', to: '10.77.1.1/32' }],
    exempt: [22],
    lossPercent: 20,
  };
  const lines = installRules(rules).split('\n');

  it('jump from both, and let SSH pass before anything is dropped', () => {
    expect(lines.filter((line) => line.startsWith('-I')).map((line) => line.split(' ')[1])).toEqual([
      'INPUT',
      'OUTPUT',
    ]);
    expect(lines[2]).toBe('-A plan-run-f1 -p tcp -m tcp --dport 22 -m comment --comment "plan-run test f1" -j RETURN');
    expect(lines[3]).toBe('-A plan-run-f1 -p tcp -m tcp --sport 22 -m comment --comment "plan-run test f1" -j RETURN');
    expect(lines[4]).toContain('-m statistic --mode random --probability 0.20000000019 ');
  });

  it('are partly there where one jump is missing, or SSH is let through too late', () => {
    const installed = [...lines.slice(2, -2).map((line) => line.replace(/^-I (\S+) 1/, '-A $1')), '-N plan-run-f1'];
    expect(presenceOf(installed.join('\n'), rules)).toBe('installed');
    expect(presenceOf(installed.filter((line) => !line.startsWith('-A OUTPUT')).join('\n'), rules)).toBe('partly');
    const late = [
      ...installed.filter((line) => !line.includes('RETURN')),
      ...installed.filter((line) => line.includes('RETURN')),
    ];
    expect(presenceOf(late.join('\n'), rules)).toBe('partly');
  });
});

describe('a sweep', () => {
  const listing = `${POLICIES}-N docker\n-N plan-run-f1\n-N plan-run-f2\n-A INPUT -s 10.0.0.1/32 -j docker\n${JUMP}${OTHER_JUMP}${CHAIN}`;

  it('takes away every cut and nothing else', () => {
    expect(sweepRules(listing)?.split('\n')).toEqual([
      '*filter',
      JUMP.replace('-A', '-D').trim(),
      OTHER_JUMP.replace('-A', '-D').trim(),
      '-F plan-run-f1',
      '-F plan-run-f2',
      '-X plan-run-f1',
      '-X plan-run-f2',
      'COMMIT',
      '',
    ]);
  });

  it('takes away one cut, as far as it is there', () => {
    expect(sweepRules(`${POLICIES}-N plan-run-f2\n-N plan-run-f1\n${OTHER_JUMP}`, 'f1')).toBe(
      '*filter\n-F plan-run-f1\n-X plan-run-f1\nCOMMIT\n',
    );
  });

  it('has nothing to do where nothing of ours is', () => {
    expect(sweepRules(`${POLICIES}-N docker\n-A INPUT -j docker\n`)).toBeUndefined();
    expect(sweepRules(listing, 'f3')).toBeUndefined();
  });
});
