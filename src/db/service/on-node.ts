/** Commands of a plan on a node: they run in the node's directory, and tell what has gone wrong. */
import { PlanRunError } from '../../base/errors.ts';
import type { ExecResult, Node } from '../../contract/index.ts';
import { refusal } from './answer.ts';
import { isCommand, type Probe, type Question } from './settings.ts';
import { fill, type Values } from './template.ts';

const ANSWER_MS_MAX = 5_000;
/** curl's own limit, so that it is curl who says what it waited for. */
const CURL_S_MAX = 2;

/** Enters the directory, and becomes the command: its words are arguments, whatever is in them. */
const IN_DIRECTORY = ['sh', '-c', 'cd -- "$0" && exec "$@"'];

/** @throws PlanRunError `command-failed` or `timeout`, with node, command, exit code and stderr; `what` says what it was for. */
export async function runCommand(
  node: Node,
  { argv, timeoutMs, what, key }: { argv: readonly string[]; timeoutMs: number; what: string; key: string },
): Promise<ExecResult> {
  const result = await node.exec([...IN_DIRECTORY, node.dir, ...argv], { timeoutMs, allowFailure: true });
  const { exitCode, timedOut } = result;
  if (exitCode === 0 && !timedOut) return result;
  const stderr = result.stderr.trim();
  const command = argv.join(' ');
  const how = timedOut ? `took longer than ${timeoutMs / 1000} s` : `ended with exit code ${exitCode}`;
  const said = stderr || result.stdout.trim();
  const message = `Cannot ${what} on ${node.name}: "${command}" ${how}${said === '' ? '' : `: ${said}`}`;
  throw new PlanRunError(timedOut ? 'timeout' : 'command-failed', message, {
    ...{ node: node.name, command, exitCode, stderr, timedOut },
    hint: `it is ${key} of database.service; it ran in ${node.dir}`,
  });
}

/** Puts a file of the runner's on the node, byte by byte: it comes through the shell as base64. */
export async function putFile(node: Node, path: string, bytes: Buffer, executable: boolean): Promise<void> {
  const script = 'mkdir -p -- "${1%/*}" && base64 -d >"$1" && chmod "$2" -- "$1"';
  await node.exec(['sh', '-c', script, 'sh', `${node.dir}/${path}`, executable ? '755' : '644'], {
    input: bytes.toString('base64'),
    timeoutMs: 60_000,
  });
}

/** Asks a node; undefined where it says yes, else why not, in words. Never throws. */
export async function askNode(node: Node, probe: Probe, values: Values): Promise<string | undefined> {
  try {
    return isCommand(probe) ? await askCommand(node, probe, values) : await askHttp(node, probe, values);
  } catch (error) {
    return (error as Error).message;
  }
}

async function askCommand(node: Node, probe: readonly string[], values: Values): Promise<string | undefined> {
  const argv = probe.map((word) => fill(word, values));
  const result = await node.exec([...IN_DIRECTORY, node.dir, ...argv], {
    timeoutMs: ANSWER_MS_MAX,
    allowFailure: true,
  });
  if (result.timedOut) return `"${argv.join(' ')}" gave no answer within ${ANSWER_MS_MAX / 1000} s`;
  if (result.exitCode === 0) return undefined;
  const said = result.stderr.trim() || result.stdout.trim();
  return `"${argv.join(' ')}" ended with exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}`;
}

/** By curl on the node; the request goes in by standard input, so that no header stands in a list of processes. */
async function askHttp(node: Node, question: Question, values: Values): Promise<string | undefined> {
  const path = fill(question.path, values, encodeURIComponent);
  const headers = Object.entries(question.headers).map(([name, text]) => `${name}: ${fill(text, values)}`);
  const config = [
    ...['silent', 'show-error', 'globoff', `max-time = ${CURL_S_MAX}`, 'noproxy = "*"'],
    `url = ${quoted(`http://${values.address}:${values.port}${path}`)}`,
    ...headers.map((header) => `header = ${quoted(header)}`),
    'write-out = "\\n%{http_code}"',
  ];
  const { stdout, stderr, exitCode, timedOut } = await node.exec(['curl', '--disable', '--config', '-'], {
    ...{ input: `${config.join('\n')}\n`, timeoutMs: ANSWER_MS_MAX, allowFailure: true },
  });
  const asked = `GET ${path}`;
  if (exitCode !== 0 || timedOut) return `${asked} has no answer: ${stderr.trim() || `curl ended with ${exitCode}`}`;
  const end = stdout.lastIndexOf('\n');
  const no = refusal(question, Number(stdout.slice(end + 1)), stdout.slice(0, end));
  return no === undefined ? undefined : `asked for ${path}, ${no}`;
}

/** A value as curl's configuration has it (curl(1), --config). */
const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** Without curl no node can be asked. @throws PlanRunError `unavailable` */
export async function requireCurl(node: Node): Promise<void> {
  const { exitCode } = await node.exec(['curl', '--version'], { allowFailure: true });
  if (exitCode === 0) return;
  throw new PlanRunError('unavailable', `Cannot ask ${node.name} over HTTP: curl is not there`, {
    ...{ node: node.name, command: 'curl --version', exitCode },
    hint: 'apt-get install -y curl on the node, or let "ready" and "primary" be commands',
  });
}
