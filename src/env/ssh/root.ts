/** Shells of root's, on channels of their own. */
import { randomUUID } from 'node:crypto';
import type { Client, ClientChannel } from 'ssh2';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import type { InventoryHost } from '../../contract/index.ts';
import { sshCommand } from './failure.ts';

/**
 * Starts `/bin/sh` as root, without a terminal, and waits until it reads its commands. What a login prints before that
 * (noise of a .bashrc, a message of the day) is not part of what the channel gives afterwards.
 *
 * The user's own shell reads one line of ours, and may be any: it holds words, and text between single quotes without
 * quotes, backslashes, exclamation marks or newlines, which sh, csh and fish take alike. What comes from a plan or an
 * inventory never stands in it. A password is written only where sudo(8) has asked for it, in words that nobody can foresee.
 * @param host with its secrets.
 * @throws PlanRunError `unavailable` naming the node, within `timeoutMs`.
 */
export async function openRootShell(client: Client, host: InventoryHost, timeoutMs: number): Promise<ClientChannel> {
  const { node, user, sudo } = host;
  const mark = `plan-run-${randomUUID()}`;
  const prompt = `ask-${mark}`;
  const become = sudo === false ? '' : sudo === true ? 'sudo -n -- ' : `sudo -S -p ${prompt} -- `;
  const command = `exec ${become}/bin/sh -c '${PREPARE}; echo; echo ${mark} $(id -u) .; echo ${mark} ready >&2; exec /bin/sh'`;
  if (typeof sudo === 'object' && /[\n\r\0]/.test(sudo.password)) {
    // What stands behind the line would be read by root's shell.
    throw new PlanRunError('refused', `The sudo password for ${node} is more than one line`, { node });
  }
  const deadline = performance.now() + timeoutMs;
  const channel = await openChannel(client, command, host, timeoutMs);
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let answered = false;
    const timer = setTimeout(
      () => fail(`no shell after ${Math.round(timeoutMs / 1000)} s`, SLOW_LOGIN),
      deadline - performance.now(),
    );

    function look(): void {
      const shown = stderr.split(prompt).length - 1;
      if (shown > 1) {
        fail('sudo does not accept the password', `try: ${sshCommand(host, "'sudo -k; sudo true'", ' -t')}`);
      } else if (shown === 1 && !answered) {
        answered = true;
        channel.write(`${(sudo as { password: string }).password}\n`);
      } else if (stderr.includes(`${mark} ready`)) {
        const uid = new RegExp(`^${mark} (\\d*) \\.$`, 'm').exec(stdout)?.[1];
        if (uid === '0') succeed();
        else if (uid !== undefined) fail(`${user} is not root there`, NOT_ROOT);
      }
    }

    function succeed(): void {
      settle();
      resolve(channel);
    }

    function fail(why: string, hint: string): void {
      settle();
      channel.on('error', () => {});
      channel.close();
      channel.resume();
      channel.stderr.resume();
      const said = shortened(stderr).replaceAll(prompt, '').replace(`${mark} ready`, '').trim();
      const message = `Cannot become root on ${node} as ${user}: ${shortened(why)}`;
      reject(new PlanRunError('unavailable', message, { node, hint, stderr: said }));
    }

    const onStdout = (chunk: Buffer) => {
      stdout = `${stdout}${chunk.toString('latin1')}`.slice(-KEPT);
      look();
    };
    const onStderr = (chunk: Buffer) => {
      stderr = `${stderr}${chunk.toString('latin1')}`.slice(-KEPT);
      look();
    };
    const onClose = (code: number | null | undefined) => {
      const [why, hint] = ending(stdout, stderr, code, host);
      fail(why, hint);
    };
    function settle(): void {
      clearTimeout(timer);
      channel.off('data', onStdout).off('close', onClose);
      channel.stderr.off('data', onStderr);
    }
    channel.on('data', onStdout).on('close', onClose);
    channel.stderr.on('data', onStderr);
  });
}

/** Where nothing of the login is left over, and where what faults need is found. */
const PREPARE = 'cd /; umask 022; PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH';

/** Characters of noise: enough for every marker. */
const KEPT = 10_000;

const NOT_ROOT = 'say `sudo: true` in the inventory, or log in as root';

const SLOW_LOGIN = 'look at what the login does: start-up files of its shell, PAM, a slow name server';

/** sudo(8) repeats what it does not allow. */
const shortened = (text: string) => text.replace(/ -c cd \/;.* ready >&2; exec \/bin\/sh/, '');

/** What it said before it ended. */
function ending(
  stdout: string,
  stderr: string,
  code: number | null | undefined,
  host: InventoryHost,
): [string, string] {
  const { user, sudo } = host;
  const said = [stderr, stdout].map((text) => text.trim().split('\n').at(-1) ?? '').find((text) => text !== '');
  const why =
    said ?? (code === undefined ? 'the connection was closed' : `its login shell ended with exit code ${code}`);
  const nopasswd = `a line for sudoers(5) there (visudo -f /etc/sudoers.d/plan-run): ${user} ALL=(root) NOPASSWD: ALL`;
  if (/sudo.*not found|unknown command.*sudo/i.test(stderr)) return [why, 'install sudo there, or log in as root'];
  if (sudo !== false && /password is required|no password was provided/.test(stderr)) {
    return [why, `say \`sudo: {password: "\${env:NAME}"}\` in the inventory, or add ${nopasswd}`];
  }
  if (sudo !== false && /sudo|not allowed/.test(stderr)) return [why, `add ${nopasswd}`];
  return [why, `does this work: ${sshCommand(host, '/bin/sh -c true')}`];
}

function openChannel(
  client: Client,
  command: string,
  { node }: InventoryHost,
  timeoutMs: number,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string, hint: string) => {
      clearTimeout(timer);
      reject(new PlanRunError('unavailable', `Cannot start a shell on ${node}: ${why}`, { node, hint }));
    };
    const timer = setTimeout(() => refuse(`no answer within ${Math.round(timeoutMs / 1000)} s`, SLOW_LOGIN), timeoutMs);
    try {
      client.exec(command, (error, channel) => {
        if (error) return refuse(messageOf(error), SESSIONS);
        clearTimeout(timer);
        resolve(channel);
      });
    } catch (error) {
      refuse(messageOf(error), 'the connection is gone');
    }
  });
}

const SESSIONS =
  'plan-run has several shells on one connection: MaxSessions in its sshd_config must allow that (default 10)';
