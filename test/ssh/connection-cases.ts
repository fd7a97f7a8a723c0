/** What a connection must do against real sshds; see scripts/connection.ts. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlanRunError } from '../../src/base/errors.ts';
import type { InventoryHost } from '../../src/contract/index.ts';
import { type Connection, type ConnectOptions, connect, connectAll } from '../../src/env/ssh/connection.ts';

export interface Bed {
  /** For files of this machine: keys `id_ed25519`, `locked` (its passphrase is PASSPHRASE), `stranger`; `known_hosts`. */
  readonly folder: string;
  readonly n1: string;
  readonly n2: string;
  /** The runner's own address. */
  readonly here: string;
  /** Sockets of agents: one with the key, one without any. */
  readonly agent: string;
  readonly emptyAgent: string;
}

/** On n1, beside the sshd on port 22. */
export const PORTS = {
  /** Asks for the password, through PAM. */
  asking: 2201,
  /** Has room for one channel. */
  single: 2202,
  /** Has an RSA key, too. */
  twoKeys: 2203,
  /** Forwards nothing. */
  closed: 2204,
  /** Nobody listens. */
  none: 2205,
  /** What is sent there is lost. */
  lost: 2206,
  /** For jumps, so that they can be counted. */
  jump: 2207,
  /** For the one that works among several that fail. */
  several: 2208,
  /** For a jump host that falls silent. */
  frozen: 2209,
} as const;

type Case = (bed: Bed) => Promise<unknown>;

function hostOf({ folder, n1 }: Bed, changes: Partial<InventoryHost> = {}): InventoryHost {
  const knownHosts = join(folder, 'known_hosts');
  const login = { host: n1, port: 22, user: 'root', key: join(folder, 'id_ed25519'), agent: false, knownHosts };
  return { node: 'n1', sudo: false, ...login, ...changes };
}

const without = <K extends keyof InventoryHost>(host: InventoryHost, key: K): InventoryHost => {
  const { [key]: _, ...rest } = host;
  return rest as InventoryHost;
};

async function using<T>(host: InventoryHost, work: (connection: Connection) => Promise<T>, options?: ConnectOptions) {
  const connection = await connect(host, options);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Logs in, and is root in a shell that is all its own. */
async function works(host: InventoryHost): Promise<void> {
  await using(host, async (connection) => {
    const shells = await Promise.all([connection.shell(), connection.shell()]);
    for (const shell of shells) {
      assert.deepEqual(await shell.run('id -u; pwd; cat'), { stdout: '0\n/\n', stderr: '', exitCode: 0 });
    }
  });
}

/** @throws where it lets somebody in, takes longer than 15 s, or does not say what it must. */
async function refuses(host: InventoryHost, message: RegExp, hint: RegExp): Promise<void> {
  const begin = performance.now();
  const error = await failureOf(connect(host).then((connection) => connection.close()));
  const tookMs = performance.now() - begin;
  assert.ok(tookMs < 15_000, `${tookMs} ms: ${error.message}`);
  assert.equal(error.fields.node, host.node, error.message);
  assert.match(error.message, /\bn1\b/);
  assert.match(error.message, message);
  assert.match(error.fields.hint ?? '', hint, error.message);
  assert.ok(!`${error.message}${JSON.stringify(error.fields)}`.includes(process.env.SECRET!), 'a secret is told');
}

async function failureOf(work: Promise<unknown>): Promise<PlanRunError> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlanRunError)) throw error;
  assert.notEqual(error.code, 'bug', error.message);
  return error;
}

async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await probe())) {
    assert.ok(performance.now() < deadline, `waited 5 s until ${what}`);
    await delay(20);
  }
}

/** How many connections n1 has to that port of its own. */
async function countOn(connection: Connection, port: number): Promise<number> {
  const shell = await connection.shell();
  const { stdout } = await shell.run(`ss -Htn state established '( sport = :${port} )' | wc -l`);
  shell.close();
  return Number(stdout);
}

/** A server of ours in the place of sshd, while `work` goes on. */
async function inPlaceOfSshd(bed: Bed, says: string, work: (host: InventoryHost) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (says.startsWith('SSH') || says === '') socket.write(says);
    else socket.end(says);
  });
  await new Promise<void>((resolve) => server.listen(0, bed.here, resolve));
  const { port } = server.address() as { port: number };
  try {
    await work(hostOf(bed, { host: bed.here, port }));
  } finally {
    server.close();
  }
}

/** A file of the test's own with lines of known_hosts. */
function knownHosts(bed: Bed, change: (lines: string) => string): string {
  const path = join(mkdtempSync(join(bed.folder, 'known-')), 'known_hosts');
  writeFileSync(path, change(readFileSync(join(bed.folder, 'known_hosts'), 'utf8')));
  return path;
}

const shared = { password: '${env:SECRET}' };

export const connectionCases: Readonly<Record<string, Case>> = {
  // Those that take as long as a login may come first.
  'an address where packets are lost': (bed) =>
    refuses(hostOf(bed, { port: PORTS.lost }), /no answer within \d+ s$/, /is the machine on.*firewall/),
  'a server that says nothing': (bed) =>
    inPlaceOfSshd(bed, '', (host) => refuses(host, /no answer in time, while waiting for sshd/, /is it sshd/)),
  'a server that says hello, and no more': (bed) =>
    inPlaceOfSshd(bed, 'SSH-2.0-Hello\r\n', (host) => refuses(host, /no answer in time/, /is it sshd/)),

  'logs in with a key': (bed) => works(hostOf(bed)),
  'logs in with a key that has a passphrase': (bed) =>
    works(hostOf(bed, { key: join(bed.folder, 'locked'), passphrase: '${env:PASSPHRASE}' })),
  'logs in with a password, and becomes root with it': (bed) =>
    works(without(hostOf(bed, { user: 'asked', ...shared, sudo: shared }), 'key')),
  'logs in with a password that it is asked for': (bed) =>
    works(without(hostOf(bed, { port: PORTS.asking, user: 'sudoer', ...shared, sudo: true }), 'key')),
  'tries the password where the key is refused': (bed) =>
    works(hostOf(bed, { key: join(bed.folder, 'stranger'), user: 'sudoer', ...shared, sudo: true })),
  'becomes root without a password': (bed) => works(hostOf(bed, { user: 'sudoer', sudo: true })),
  'is not disturbed by a login that prints': (bed) => works(hostOf(bed, { user: 'noisy', sudo: true })),
  'asks for a key of the type that it knows': (bed) => works(hostOf(bed, { port: PORTS.twoKeys })),
  'takes any host key where it is told to': (bed) => works(hostOf(bed, { knownHosts: false })),

  'reaches two nodes over one connection to their jump host': async (bed) => {
    const { host, port, user, key, agent, knownHosts } = hostOf(bed, { port: PORTS.jump });
    const jump = { host, port, user, ...(key && { key }), agent, knownHosts };
    const both = [hostOf(bed, { node: 'n2', host: bed.n2, jump }), hostOf(bed, { jump })];
    await using(hostOf(bed), async (direct) => {
      const connections = await connectAll(both);
      const names = connections.map(async (one) => (await (await one.shell()).run('hostname')).stdout.trim());
      assert.deepEqual(await Promise.all(names), ['n2', 'n1']);
      assert.equal(await countOn(direct, PORTS.jump), 1);
      await connections[0]!.close();
      assert.equal((await (await connections[1]!.shell()).run('echo there')).stdout, 'there\n');
      await connections[1]!.close();
      await until('the jump host has no connection', async () => (await countOn(direct, PORTS.jump)) === 0);
    });
  },
  'checks the keys of jump host and target alike': async (bed) => {
    const { host, port, user, key, agent, knownHosts: good } = hostOf(bed);
    const jump = { host, port, user, ...(key && { key }), agent, knownHosts: good };
    const nobody = knownHosts(bed, () => '');
    const target = { node: 'n1', host: bed.n2 };
    await refuses(
      hostOf(bed, { ...target, jump: { ...jump, knownHosts: nobody } }),
      /jump host .*host key/,
      /^compare .*ssh-keyscan/,
    );
    await refuses(
      hostOf(bed, { ...target, jump, knownHosts: nobody }),
      /host key/,
      /: ssh -o UserKnownHostsFile=\S+ -J root@\S+:22 -p 22 -l root -- \S+ true$/,
    );
    await refuses(
      hostOf(bed, { ...target, port: PORTS.none, jump }),
      /from its jump host .* there is no connection/,
      /nc -vz/,
    );
    await refuses(
      hostOf(bed, { ...target, jump: { ...jump, port: PORTS.closed } }),
      /from its jump host .* there is no connection/,
      /AllowTcpForwarding/,
    );
  },

  'files go and come as root, through a sudo with a terminal of its own': (bed) =>
    using(hostOf(bed, { user: 'asked', sudo: shared }), async (connection) => {
      const dir = mkdtempSync(join(bed.folder, 'files-'));
      const [source, back] = [join(dir, 'source'), join(dir, 'back')];
      const bytes = Buffer.concat([
        Buffer.from(Array.from({ length: 256 }, (_, k) => k)),
        randomBytes(5_000_000),
        Buffer.from('\x04\r\n\x03'),
      ]);
      writeFileSync(source, bytes, { mode: 0o750 });
      const target = "/etc/-it's `$(id)`\nhere";
      await connection.upload(source, target);
      const shell = await connection.shell();
      const told = await shell.run("stat -c '%a %u' /etc/-it*; chmod 600 /etc/-it*; ls /etc | grep -c part-");
      assert.equal(told.stdout, '750 0\n0\n');
      await connection.download(target, back);
      assert.ok(readFileSync(back).equals(bytes));
      await connection.upload(source, target);
      assert.deepEqual(readdirSync(dir).sort(), ['back', 'source']);
    }),
  'a file that does not fit leaves nothing on a full disk': (bed) =>
    using(hostOf(bed), async (connection) => {
      const source = join(mkdtempSync(join(bed.folder, 'files-')), 'source');
      writeFileSync(source, randomBytes(3_000_000));
      const error = await failureOf(connection.upload(source, '/run/small/target'));
      assert.match(error.message, /^Cannot copy .* to \/run\/small\/target on n1: .*No space left on device/);
      assert.equal((await (await connection.shell()).run('ls -A /run/small')).stdout, '');
      assert.match((await failureOf(connection.download('/run/none', `${source}-2`))).message, /\/run\/none/);
    }),

  'tells at once when sshd dies, and closes': async (bed) => {
    const connection = await connect(hostOf(bed));
    const [first, second] = [await connection.shell(), await connection.shell()];
    const pending = failureOf(first.run('sleep 20'));
    const begin = performance.now();
    // The session's sshd: what the shell was started by.
    await second.run('kill -9 $PPID').catch(() => {});
    const error = await pending;
    assert.ok(performance.now() - begin < 5_000);
    assert.match(error.message, /^The connection to n1 is lost: /);
    assert.equal(error.fields.node, 'n1');
    assert.ok(connection.lost.aborted);
    assert.equal(connection.lost.reason, error);
    assert.equal(await failureOf(first.run('true')), error);
    assert.equal(await failureOf(connection.shell()), error);
    assert.equal(await failureOf(connection.download('/etc/passwd', join(bed.folder, 'passwd'))), error);
    await connection.close();
  },
  'tells when nothing has come for so long, and closes': async (bed) => {
    const connection = await connect(hostOf(bed), { silenceMs: 1_000 });
    const shell = await connection.shell();
    const pid = Number((await shell.run('echo $PPID')).stdout);
    const begin = performance.now();
    const stopped = failureOf(shell.run(`kill -STOP $PPID; sleep 20`));
    assert.match((await stopped).message, /^The connection to n1 is lost: Keepalive timeout/);
    const tookMs = performance.now() - begin;
    assert.ok(tookMs > 700 && tookMs < 8_000, `${tookMs} ms`);
    await connection.close();
    await using(hostOf(bed), async (other) => void (await (await other.shell()).run(`kill -9 ${pid}`)));
  },
  'closes within 2 s though nobody answers, and once for all who ask': async (bed) => {
    const connection = await connect(hostOf(bed));
    const shell = await connection.shell();
    const pid = (await shell.run('echo $PPID')).stdout.trim();
    await using(hostOf(bed), async (other) => {
      const helper = await other.shell();
      await helper.run(`kill -STOP ${pid}`);
      const begin = performance.now();
      const pending = failureOf(shell.run('true'));
      await Promise.all([connection.close(), connection.close()]);
      await connection.close();
      const tookMs = performance.now() - begin;
      // Who waits for an answer waits until the connection is lost: 10 s.
      assert.ok(tookMs < 5_000, `${tookMs} ms`);
      assert.match((await pending).message, /n1/);
      assert.ok(!connection.lost.aborted, 'who closes it has not lost it');
      assert.match((await failureOf(connection.shell())).message, /n1/);
      await helper.run(`kill -9 ${pid}`);
    });
  },
  'closes within 2 s though the jump host does not answer': async (bed) => {
    const { host, port, user, key, agent, knownHosts } = hostOf(bed, { port: PORTS.frozen });
    const jump = { host, port, user, ...(key && { key }), agent, knownHosts };
    const connection = await connect(hostOf(bed, { node: 'n2', host: bed.n2, jump }));
    await using(hostOf(bed), async (direct) => {
      const shell = await direct.shell();
      const found = await shell.run(
        `ss -Htnp state established '( sport = :${PORTS.frozen} )' | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u`,
      );
      const pids = found.stdout.trim().split('\n').join(' ');
      assert.match(pids, /^\d+/);
      await shell.run(`kill -STOP ${pids}`);
      const begin = performance.now();
      await connection.close();
      const tookMs = performance.now() - begin;
      // Who waits for an answer waits until the connection is lost: 10 s.
      assert.ok(tookMs < 5_000, `${tookMs} ms`);
      await shell.run(`kill -9 ${pids}`);
    });
  },

  'a port where nobody listens': (bed) =>
    refuses(hostOf(bed, { port: PORTS.none }), /: connection refused$/, /does sshd run there/),
  'a name that there is not': (bed) =>
    refuses(hostOf(bed, { host: 'no-such-host.invalid' }), /no address for "no-such-host.invalid"/, /`host`/),
  'a key that it does not let in': async (bed) => {
    const key = join(bed.folder, 'stranger');
    await refuses(
      hostOf(bed, { key }),
      /it refuses the key \S+stranger \(SHA256:\S+\); it takes: publickey/,
      /ssh-copy-id -i \S+stranger\.pub -p 22 -- root@/,
    );
  },
  'a key that cannot be read': async (bed) => {
    await refuses(hostOf(bed, { key: join(bed.folder, 'none') }), /cannot read the key \S+none: ENOENT/, /`key`/);
    await refuses(hostOf(bed, { key: join(bed.folder, 'known_hosts') }), /cannot use the key|is no private key/, /./);
    await refuses(hostOf(bed, { key: join(bed.folder, 'id_ed25519.pub') }), /is no private key/, /public/);
  },
  'a passphrase that is wrong or missing': async (bed) => {
    const key = join(bed.folder, 'locked');
    await refuses(
      hostOf(bed, { key, passphrase: '${env:SECRET}' }),
      /the passphrase does not open the key/,
      /ssh-keygen -y/,
    );
    await refuses(hostOf(bed, { key }), /has a passphrase/, /passphrase: \$\{env:NAME\}/);
  },
  'a password that is wrong': async (bed) => {
    const wrong = { user: 'sudoer', password: 'wrong' };
    await refuses(without(hostOf(bed, wrong), 'key'), /it refuses the password; it takes: /, /sudoer/);
    await refuses(
      without(hostOf(bed, { ...wrong, port: PORTS.asking }), 'key'),
      /it refuses the password, asked for/,
      /sudoer/,
    );
  },
  'a secret that is not set': async (bed) => {
    const error = await failureOf(connect(hostOf(bed, { password: '${env:NOT_SET}' })));
    assert.match(error.message, /^The inventory, for n1, uses \$\{env:NOT_SET\}, but NOT_SET is not set$/);
  },
  'nothing to log in with': (bed) =>
    refuses(without(hostOf(bed), 'key'), /neither a key nor an agent nor a password/, /`key: FILE`/),
  'a host key that is not known': async (bed) => {
    const path = knownHosts(bed, () => '');
    await refuses(
      hostOf(bed, { knownHosts: path }),
      /its host key ssh-ed25519 SHA256:\S{43} is not in /,
      /^compare .* ssh-keyscan -p 22 -- \S+ >>\S+$/,
    );
    await refuses(
      hostOf(bed, { knownHosts: join(bed.folder, 'none', 'such') }),
      /is not in \S+none\/such/,
      /ssh-keyscan/,
    );
    const authority = knownHosts(bed, (lines) => `@cert-authority * ${lines.split(' ').slice(1, 3).join(' ')}\n`);
    await refuses(hostOf(bed, { knownHosts: authority }), /certificate authority in line 1/, /ssh-keyscan/);
  },
  'a host key that has changed': async (bed) => {
    const path = knownHosts(bed, (lines) => {
      const [own, other] = lines.split('\n').map((line) => line.split(' '));
      return `# n1 has n2's\n${[own![0], ...other!.slice(1)].join(' ')}\n`;
    });
    const both = /has changed: it is ssh-ed25519 (SHA256:\S{43}), and \S+:2 has ssh-ed25519 (?!\1)SHA256:\S{43}/;
    await refuses(hostOf(bed, { knownHosts: path }), both, /ssh-keygen -f \S+ -R \S+ && ssh-keyscan/);
    const revoked = knownHosts(
      bed,
      (lines) => `${lines}@revoked * ${lines.split('\n')[0]!.split(' ').slice(1, 3).join(' ')}\n`,
    );
    await refuses(hostOf(bed, { knownHosts: revoked }), /is revoked in \S+:\d/, /./);
  },
  'a user who may not become root': async (bed) => {
    await refuses(hostOf(bed, { user: 'plain' }), /plain is not root there/, /`sudo: true`/);
    await refuses(hostOf(bed, { user: 'plain', sudo: true }), /sudo: a password is required/, /NOPASSWD/);
    await refuses(hostOf(bed, { user: 'plain', sudo: shared }), /plain is not in the sudoers file/, /NOPASSWD/);
    await refuses(hostOf(bed, { user: 'asked', sudo: true }), /sudo: a password is required/, /password/);
    await refuses(
      hostOf(bed, { user: 'asked', sudo: { password: 'wrong' } }),
      /sudo does not accept the password/,
      /sudo -k/,
    );
  },
  'a login shell that is none': (bed) =>
    refuses(hostOf(bed, { user: 'closed' }), /This account is currently not available/, /ssh -p 22 -l closed/),
  'a server that has room for one channel': async (bed) =>
    using(hostOf(bed, { port: PORTS.single }), async (connection) => {
      const shell = await connection.shell();
      const error = await failureOf(connection.shell());
      assert.match(error.message, /^Cannot start a shell on n1: .*open failed/);
      assert.match(error.fields.hint ?? '', /MaxSessions/);
      assert.equal((await shell.run('echo there')).stdout, 'there\n');
    }),
  'a server that closes at once': (bed) =>
    inPlaceOfSshd(bed, '\r\n', (host) => refuses(host, /the connection was closed/, /MaxStartups/)),
  'a server that speaks another language': (bed) =>
    inPlaceOfSshd(bed, 'HTTP/1.1 400 Bad Request\r\n\r\n', (host) =>
      refuses(host, /the connection was closed/, /is it sshd/),
    ),
  'users with strange names': async (bed) => {
    const names = ['-oProxyCommand=id', "it's", '$(id)', '`id`', 'two\nlines', '', 'ü\u{1F980}', 'x'.repeat(5_000)];
    await Promise.all(
      names.map((user) =>
        refuses(hostOf(bed, { user, port: PORTS.closed }), /it refuses|closed|not root|Too many/i, /./),
      ),
    );
  },
  'several that fail are all told, and the others closed': async (bed) => {
    const hosts = [
      hostOf(bed, { node: 'n3', port: PORTS.none }),
      hostOf(bed, { port: PORTS.several }),
      hostOf(bed, { node: 'n2', user: 'plain' }),
    ];
    const error = await failureOf(connectAll(hosts));
    assert.match(
      error.message,
      /^2 of 3 machines cannot be used:\n {2}.*n2.*\n.*\n {2}.*n3 .*connection refused\n {4}help: /,
    );
    await using(hostOf(bed), (direct) =>
      until('the one that worked is closed', async () => (await countOn(direct, PORTS.several)) === 0),
    );
    const one = await failureOf(connectAll(hosts.slice(0, 2)));
    assert.equal(one.fields.node, 'n3');
  },

  'alone: large files go and come': (bed) =>
    using(hostOf(bed), async (connection) => {
      const dir = mkdtempSync(join(bed.folder, 'files-'));
      const megabytes = 40;
      writeFileSync(join(dir, 'source'), Buffer.alloc(megabytes * 1_000_000, 'abc'));
      const measured: Record<string, number> = {};
      for (const way of ['upload', 'download'] as const) {
        const begin = performance.now();
        if (way === 'upload') await connection.upload(join(dir, 'source'), '/dev/shm/large');
        else await connection.download('/dev/shm/large', join(dir, 'back'));
        measured[`${way}_mb_s`] = Math.round((megabytes * 1000) / (performance.now() - begin));
      }
      assert.equal(statSync(join(dir, 'back')).size, megabytes * 1_000_000);
      return measured;
    }),
  'alone: a command on an open shell costs a round trip': (bed) =>
    using(hostOf(bed), async (connection) => {
      const shell = await connection.shell();
      const times: number[] = [];
      for (let k = 0; k < 300; k++) {
        const begin = performance.now();
        await shell.run('true');
        times.push(performance.now() - begin);
      }
      const p50 = times.sort((a, b) => a - b)[150]!;
      // Nagle's algorithm and a late acknowledgement would make 40 ms of it.
      assert.ok(p50 < 10, `${p50} ms`);
      return { p50_us: Math.round(p50 * 1000) };
    }),
  'alone: logs in with an agent': async (bed) => {
    process.env.SSH_AUTH_SOCK = bed.agent;
    await works(without(hostOf(bed, { agent: true }), 'key'));
  },
  'alone: an agent without keys, and none': async (bed) => {
    const host = without(hostOf(bed, { agent: true }), 'key');
    process.env.SSH_AUTH_SOCK = bed.emptyAgent;
    await refuses(host, /the agent at \S+ has no keys/, /ssh-add/);
    process.env.SSH_AUTH_SOCK = join(bed.folder, 'none');
    await refuses(host, /there is no agent at \S+none/, /ssh-add/);
    delete process.env.SSH_AUTH_SOCK;
    await refuses(host, /SSH_AUTH_SOCK is not set/, /ssh-add/);
    // What else there is is tried.
    await works(hostOf(bed, { agent: true }));
  },
};
