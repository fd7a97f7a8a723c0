/**
 * The double as programs: `riak` and `riak-admin` (the first argument says which), as far as a deployment uses them. Like the package's
 * scripts they have their directories written into them (environment DOUBLE_*, by the wrappers of `install.ts`).
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { RiakDouble } from './node.ts';

const { DOUBLE_ETC = '', DOUBLE_DATA = '', DOUBLE_LOG = '', DOUBLE_VERSION = '' } = process.env;
const [program, command = '', ...rest] = process.argv.slice(2);
const pidFile = `${DOUBLE_DATA}/riak.pid`;
const isOld = DOUBLE_VERSION.startsWith('2');

function configuration(): { riak: Map<string, string>; core: Map<string, number> } {
  const file = `${DOUBLE_ETC}/riak.conf`;
  if (!existsSync(file)) throw new Error(`Error generating config: there is no ${file}`);
  const lines = readFileSync(file, 'utf8').matchAll(/^\s*([^#\s]+)\s*=\s*(.*?)\s*$/gm);
  const terms = readFileSync(`${DOUBLE_ETC}/advanced.config`, 'utf8').matchAll(/\{(\w+), (\d+)\}/g);
  return {
    riak: new Map([...lines].map(([, name = '', value = '']) => [name, value])),
    core: new Map([...terms].map(([, name = '', value]) => [name, Number(value)])),
  };
}

async function run(): Promise<void> {
  const { riak, core } = configuration();
  const value = (name: string) => riak.get(name) ?? `no ${name}`;
  const [host = '', port] = value('listener.http.internal').split(':');
  const node = new RiakDouble({
    ...{ name: value('nodename'), host, port: Number(port), ringSize: Number(value('ring_size')) },
    defaults: {
      n_val: Number(value('buckets.default.n_val')),
      allow_mult: value('buckets.default.allow_mult') === 'true',
      last_write_wins: value('buckets.default.last_write_wins') === 'true',
    },
    netTickMs: Number(value('erlang.distribution.net_ticktime')) * 1_000,
    gossipMs: core.get('gossip_interval') ?? 60_000,
    managementMs: core.get('vnode_management_timer') ?? 10_000,
    inactivityMs: core.get('vnode_inactivity_timeout') ?? 60_000,
    file: `${DOUBLE_DATA}/vnodes.json`,
    log: (line) => appendFileSync(`${DOUBLE_LOG}/console.log`, `${new Date().toISOString()} [info] ${line}\n`),
  });
  await node.start();
  writeFileSync(pidFile, String(process.pid));
  process.stdout.write(`Exec: the double of Riak ${DOUBLE_VERSION}, which is not Riak\n`);
  const end = () => node.close().finally(() => process.exit(0));
  process.once('SIGTERM', end);
  // An Erlang shell ends with its input.
  if (command === 'console') process.stdin.resume().on('end', end);
}

function ask(argv: readonly string[]): Promise<string | undefined> {
  const [host, port] = (configuration().riak.get('listener.http.internal') ?? '').split(':');
  return new Promise((resolve) => {
    const asked = request({ host, port, path: '/_admin', method: 'POST' }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    asked.on('error', () => resolve(undefined));
    asked.end(JSON.stringify(argv));
  });
}

async function admin(argv: readonly string[]): Promise<void> {
  const text = await ask(argv);
  process.stdout.write(text ?? 'Node is not running!\n');
  process.exitCode = text === undefined || text.startsWith('FALSE') ? 1 : 0;
}

async function stop(): Promise<void> {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  if (pid === 0 || (await ask(['services'])) === undefined) {
    process.stdout.write('Node is not running!\n');
    process.exitCode = 1;
    return;
  }
  process.kill(pid, 'SIGTERM');
  while ((await ask(['services'])) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  rmSync(pidFile);
  process.stdout.write('ok\n');
}

if (program === 'riak-admin' && isOld) await admin([command, ...rest]);
else if (program === 'riak' && command === 'admin' && !isOld) await admin(rest);
else if (program === 'riak' && command === 'version') process.stdout.write(`${DOUBLE_VERSION}\n`);
else if (program === 'riak' && command === (isOld ? 'console' : 'foreground')) await run();
else if (program === 'riak' && command === 'stop') await stop();
else {
  process.stdout.write(`Usage: ${program} knows no ${command}\n`);
  process.exitCode = 1;
}
