/** What an inventory's words mean together, and on this machine. */
import type { InventoryHost } from '../../contract/index.ts';
import type { Values } from '../blocks.ts';
import { nearest } from '../guess.ts';
import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';
import { type MadeHost, type PlacedLogin, sameServer } from './make-host.ts';
import type { InventoryUse } from './parse-inventory.ts';

/** Whether the machines may be broken. To look at them nobody asks. */
export function checkFaultsAllowed(top: Values, { purpose }: InventoryUse, findings: Findings): void {
  const { allow_faults } = top;
  if (purpose === 'look' || (allow_faults !== undefined && allow_faults !== false)) return;
  const misspelled = Object.keys(top).some((key) => key !== 'allow_faults' && nearest(key, ['allow_faults']));
  if (misspelled) return;
  findings.add({
    rule: 'faults-not-allowed',
    severity: severityFor(purpose),
    path: allow_faults === undefined ? 'hosts' : 'allow_faults',
    at: 'key',
    message: 'nothing is started on these machines: the inventory does not say that they may be broken',
    hint: 'if they may be, and whatever else runs on them: `allow_faults: true` at the top',
  });
}

/** Whether each node is a machine of its own, with an address of its own. */
export function checkMachines(hosts: readonly MadeHost[], clients: readonly string[], findings: Findings): void {
  for (const [index, { host, path }] of hosts.entries()) {
    const others = hosts.slice(0, index).map((other) => other.host);
    const same = others.find((other) => sameServer(host, other) && sameWay(host, other));
    const address = addressOf(host);
    const near = others.find((other) => address !== undefined && addressOf(other) === address);
    if (same !== undefined) {
      const message = `${host.node} is the same machine as ${same.node}: ${host.host}, port ${host.port}`;
      findings.add({ rule: 'same-machine', path, message, hint: 'each node needs a machine of its own' });
    } else if (near !== undefined) {
      const message = `${host.node} has the same address as ${near.node}: ${address}`;
      const hint = 'give each the `address` at which the other nodes reach it';
      findings.add({ rule: 'same-machine', path, message, hint });
    }
    if (address?.includes(':')) {
      const message = `${path} needs the key "address": nodes and clients reach it by IPv4, and its host is an IPv6 address`;
      findings.add({ rule: 'missing-key', path, at: 'key', message, hint: 'such as `address: 10.0.0.1`' });
    }
  }
  for (const [index, client] of clients.entries()) {
    const node = hosts.find(({ host }) => addressOf(host) === client)?.host.node;
    const message = `${client} is the address of ${node}, so it cannot be one for clients`;
    const hint = 'clients need addresses of this machine that no node has';
    if (node !== undefined) findings.add({ rule: 'same-machine', path: childPath('clients', index), message, hint });
  }
}

/** As far as the file tells it. */
function addressOf({ address, interface: face, host }: InventoryHost): string | undefined {
  return address ?? (face === undefined ? host.toLowerCase() : undefined);
}

function sameWay({ jump: a }: InventoryHost, { jump: b }: InventoryHost): boolean {
  return a === undefined || b === undefined ? a === b : sameServer(a, b);
}

/** Whether this machine has what it takes to log in: files, an agent, and, once it is needed, secrets. */
export function checkLogins(hosts: readonly MadeHost[], use: InventoryUse, findings: Findings): void {
  const concerned = hosts.filter(({ host }) => use.purpose === 'review' || (use.nodes?.includes(host.node) ?? true));
  for (const { host, logins, path } of concerned) {
    for (const login of logins) checkLogin(login, use, findings);
    if (use.purpose !== 'review' && typeof host.sudo === 'object') {
      const own = findings.spots.has(childPath(path, 'sudo'));
      checkSet(host.sudo.password, childPath(own ? childPath(path, 'sudo') : 'sudo', 'password'), use, findings);
    }
  }
}

function checkLogin({ login, given, where }: PlacedLogin, use: InventoryUse, findings: Findings): void {
  const severity = severityFor(use.purpose);
  const files = [
    ['key', login.key],
    ['known_hosts', login.knownHosts],
  ] as const;
  for (const [as, path] of files) {
    const why = typeof given[as] === 'string' && typeof path === 'string' ? use.unusable(path, as) : undefined;
    const message = `the ${as === 'key' ? 'key' : 'file of known hosts'} ${path} cannot be used: ${why}`;
    if (why !== undefined) findings.add({ rule: 'unusable-file', severity, path: where(as), message });
  }
  if (given.agent === true && !use.agent) {
    const message = 'there is no agent: SSH_AUTH_SOCK is not set';
    const hint = 'start one and add a key: eval "$(ssh-agent)" && ssh-add';
    findings.add({ rule: 'no-login', severity, path: where('agent'), message, hint });
  } else if (login.key === undefined && login.password === undefined && !login.agent) {
    const message = 'nobody can log in: there is neither key nor password, and no agent';
    const hint = 'say which key: `key: ~/.ssh/id_ed25519` at the top, for all hosts, or with a host';
    findings.add({ rule: 'no-login', severity, path: 'hosts', at: 'key', message, hint });
  }
  if (use.purpose === 'review') return;
  for (const key of ['passphrase', 'password'] as const) {
    if (login[key] !== undefined) checkSet(login[key], where(key), use, findings);
  }
}

function checkSet(secret: string, path: string, { isSet }: InventoryUse, findings: Findings): void {
  const name = secret.slice('${env:'.length, -1);
  if (isSet(name)) return;
  findings.add({ rule: 'unset-variable', path, message: `${name} is not set`, hint: `export ${name}=...` });
}

function severityFor(purpose: InventoryUse['purpose']) {
  return purpose === 'review' ? 'warning' : 'error';
}
