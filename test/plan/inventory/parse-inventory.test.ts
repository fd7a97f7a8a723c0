import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InventoryHost } from '../../../src/contract/index.ts';
import { renderProblems } from '../../../src/plan/index.ts';
import { expectPlaces, mutantsOf } from '../mutants.ts';
import { golden, judge, judgePlan, MACHINE, namesIn, textOf, useOf } from './fixtures.ts';

describe('refused inventories', () => {
  it.each(namesIn('refused'))('%s', (name) => {
    const { problems, source, inventory } = judge(textOf('refused', name), name);
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
    expect(inventory).toBeUndefined();
    const text = renderProblems(problems, [source], { color: false });
    expect(text).toBe(golden('refused', name, text));
  });
});

describe('accepted inventories', () => {
  it.each(namesIn('accepted'))('%s', (name) => {
    const { problems, source, inventory } = judge(textOf('accepted', name), name);
    const text = renderProblems(problems, [source], { color: false });
    expect(inventory, text).toBeDefined();
    expect(text).toBe(golden('accepted', name, text) ?? '');
    expect(problems.length > 0).toBe(name.startsWith('warn-'));
  });
});

describe('plans with their inventories', () => {
  it.each(namesIn('plans'))('%s', (name) => {
    const { all, sources } = judgePlan(name);
    const text = renderProblems(all, sources, { color: false });
    expect(text).toBe(golden('plans', name, text) ?? '');
    expect(text === '').toBe(['good', 'no-inventory'].includes(name));
  });

  it('know the machine of each node, in the order of the plan', () => {
    const { ready } = judgePlan('good');
    expect(ready?.timeline.machines).toEqual({
      n3: { host: 'db3.example.org', port: 22, user: 'root' },
      n1: { host: '10.0.0.1', port: 22, user: 'root' },
    });
    expect(Object.keys(ready?.plan.machines ?? {})).toEqual(['n3', 'n1']);
  });
});

function hostsOf(text: string, use = useOf('review')): Record<string, InventoryHost> {
  const { inventory, problems } = judge(text, 'inventory', use);
  return Object.fromEntries(
    (inventory?.hosts ?? expect.fail(JSON.stringify(problems))).map((host) => [host.node, host]),
  );
}

describe('what an inventory says of its hosts', () => {
  it('is filled in: defaults, then the top, then the host', () => {
    const { inventory } = judge(textOf('accepted', 'whole'));
    expect({ ...inventory, hosts: [] }).toEqual({
      file: 'inventory.yaml',
      hosts: [],
      clients: ['192.0.2.7', '192.0.2.8', '192.0.2.9'],
      leaseMs: 2000,
      dir: '/srv/plan-run',
    });
    const { n1, n2, n3, n4, bastion } = hostsOf(textOf('accepted', 'whole'));
    const top = {
      user: 'admin',
      port: 2222,
      key: '/plans/keys/cluster',
      passphrase: '${env:UNSET_BUT_NOBODY_LOGS_IN}',
      agent: false,
      password: '${env:SSH_PASSWORD}',
      knownHosts: '/home/me/.ssh/known_hosts',
    };
    const jump = { ...top, host: 'bastion.example.org', user: 'me', port: 22, knownHosts: false };
    const reach = { ...top, sudo: { password: '${env:SUDO_PASSWORD}' }, interface: 'eth1' };
    expect(n1).toEqual({ ...reach, node: 'n1', host: '10.0.0.1', jump });
    expect(n2).toEqual({ ...reach, node: 'n2', host: '2001:db8::2' });
    expect(n3).toEqual({
      ...reach,
      node: 'n3',
      host: 'fe80::3%eth0',
      address: '10.0.0.3',
      interface: 'ens3.100',
      jump,
    });
    expect(n4).toMatchObject({ user: 'root', sudo: false, key: '/home/me/.ssh/id_ed25519', password: top.password });
    // the machine between is not reached by way of itself
    expect(bastion).toEqual({ ...reach, node: 'bastion', host: 'BASTION.example.org', port: 22, interface: 'eth0' });
  });

  it('is little where there is little to say', () => {
    const { inventory } = judge(textOf('accepted', 'smallest'));
    expect(inventory).toEqual({
      file: 'inventory.yaml',
      clients: [],
      leaseMs: 15_000,
      dir: '/var/lib/plan-run',
      hosts: [
        {
          node: 'n1',
          host: 'n1',
          port: 22,
          user: 'root',
          sudo: false,
          agent: false,
          key: '/home/me/.ssh/id_ed25519',
          knownHosts: '/home/me/.ssh/known_hosts',
        },
      ],
    });
  });

  const head = 'inventory: 1\nallow_faults: true\n';
  it.each([
    ['the agent, where there is one', '', true, { agent: true }],
    ['the usual key, where there is no agent', '', false, { agent: false, key: '/home/me/.ssh/id_ed25519' }],
    [
      'the usual key, where the agent is not wanted',
      'agent: false',
      true,
      { agent: false, key: '/home/me/.ssh/id_ed25519' },
    ],
    ['the key alone', 'key: /plans/keys/cluster', true, { agent: false, key: '/plans/keys/cluster' }],
    ['the password alone', 'password: ${env:SSH_PASSWORD}', true, { agent: false, password: '${env:SSH_PASSWORD}' }],
    ['both', 'key: keys/cluster\nagent: true', true, { agent: true, key: '/plans/keys/cluster' }],
  ])('logs in by %s', (_, line, agent, expected) => {
    const use = { ...MACHINE, purpose: 'break', agent } as const;
    const { agent: asked, key, password } = hostsOf(`${head}${line}\nhosts:\n  n1: a\n`, use).n1 as InventoryHost;
    expect({ agent: asked, ...(key && { key }), ...(password && { password }) }).toEqual(expected);
  });

  it.each([
    ['~', '/home/me'],
    ['~/a b/$x', '/home/me/a b/$x'],
    ['~other/k', '/plans/~other/k'],
    ['../k', '/k'],
    ['/abs/../k', '/k'],
  ])('the path %s is %s', (given, path) => {
    expect(hostsOf(`${head}key: ${JSON.stringify(given)}\nhosts:\n  n1: a\n`).n1?.key).toBe(path);
  });
});

describe('a secret that stands in the file', () => {
  const SECRET = 'hunter2-Ünsäglich';
  const bad = '\nallow_faults: yes\nport: x\nhosts:\n  n1: 10.0.0.1:5\n';
  it.each([
    `password: ${SECRET}`,
    `password: "${SECRET}"`,
    `passphrase: '${SECRET}'  # mine`,
    `password: |\n  ${SECRET}\n  ${SECRET}`,
    `password: >-\n\n    ${SECRET}`,
    `password: !vault ${SECRET}`,
    `password: &pw ${SECRET}\npassphrase: *pw`,
    `sudo: ${SECRET}`,
    `sudo: { password: ${SECRET} }`,
    `sudo: { passwort: ${SECRET} }`,
    `sudo: { password: "\${env:A}", password: ${SECRET} }`,
    `ansible_ssh_pass: ${SECRET}`,
    `{ password: ${SECRET}`,
    `password: \${env:${SECRET}}`,
    `password: \${env:A}${SECRET}`,
    `password: [${SECRET}, "`,
  ])('is shown nowhere: %s', (line) => {
    const { problems, source } = judge(`inventory: 1\n${line}${bad}`);
    expect(problems.length).toBeGreaterThan(0);
    for (const color of [false, true]) expect(renderProblems(problems, [source], { color })).not.toContain('hunter2');
    expect(JSON.stringify(problems)).not.toContain('hunter2');
    // only the sign, not its place
    expect(source.text.length).toBe(`inventory: 1\n${line}${bad}`.length);
  });
});

it('whatever becomes of an inventory’s text: problems with a place in it, or an inventory; nothing is thrown', () => {
  const texts = (['accepted', 'refused'] as const).flatMap((folder) =>
    namesIn(folder).map((name) => textOf(folder, name)),
  );
  const purpose = fc.constantFrom('review', 'look', 'break');
  fc.assert(
    fc.property(mutantsOf(texts), purpose, (mutant, what) => {
      const { problems, inventory, source } = judge(mutant, 'mutant', { ...MACHINE, purpose: what });
      expect(inventory === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
      expectPlaces(mutant, problems);
      renderProblems(problems, [source], { color: true });
    }),
    { numRuns: 1000, seed: 20_131_106 },
  );
});
