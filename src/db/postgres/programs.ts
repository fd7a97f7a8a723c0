import { posix } from 'node:path';
import { PlanRunError } from '../../base/errors.ts';
import type { Node } from '../../contract/index.ts';
import { fits } from '../version.ts';

/** PostgreSQL's programs on a node, and how they are run. */
export interface Programs {
  /** The directory that they are in. */
  readonly bin: string;
  readonly version: string;
  /** Words before a program that refuses to run as root; none where the shell is not root. */
  readonly as: readonly string[];
  /** Who must own what those programs read and write; undefined where that is whoever the shell is. */
  readonly owner: string | undefined;
}

/** Debian keeps each version in a directory of its own, and not on PATH. */
const LIST = `for bin in /usr/lib/postgresql/*/bin "$(command -v postgres)"; do
  bin=\${bin%/postgres}
  if [ -x "$bin/postgres" ]; then "$bin/postgres" --version && echo "$bin"; fi
done`;

const SETPRIV = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'];
const UNSHARE = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];

/**
 * The programs of the version that is wanted, or else of the newest.
 * @throws PlanRunError `unavailable` where there are none that fit, or they cannot be run by anybody but root.
 */
export async function findPrograms(node: Node, wanted: string | undefined): Promise<Programs> {
  const { stdout } = await node.exec(['sh', '-c', LIST], { allowFailure: true });
  const found = [...stdout.matchAll(/^postgres .*?(\d+(?:\.\d+)*).*\n(\/.*)$/gm)].map(([, version, bin]) => ({
    version: version as string,
    bin: posix.normalize(bin as string),
  }));
  const newestFirst = found.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
  const programs = newestFirst.find(({ version }) => fits(version, wanted));
  if (programs !== undefined) return { ...programs, ...(await account(node)) };
  const there = found.length === 0 ? 'it is not installed' : `${found[0]?.version} is installed`;
  const name = wanted === undefined ? 'PostgreSQL' : `PostgreSQL ${wanted}`;
  throw new PlanRunError('unavailable', `Cannot run ${name} on ${node.name}: ${there}`, {
    node: node.name,
    command: '/usr/lib/postgresql/*/bin/postgres --version',
    hint: `install ${name} on the node${wanted === undefined ? '' : ', or change database.postgres.version'}`,
  });
}

/**
 * PostgreSQL refuses to run as root, and a shell on a node mostly is. Real root becomes the user that Debian's package has
 * made. Root of a user namespace with a single user in it (the lab of an ordinary user) cannot become anybody; but in a
 * namespace below, the same user goes by another number, and owns the same files.
 */
async function account(node: Node): Promise<Pick<Programs, 'as' | 'owner'>> {
  const { stdout } = await node.exec(['id', '-u']);
  if (stdout.trim() !== '0') return { as: [], owner: undefined };
  const works = async (words: readonly string[]) =>
    (await node.exec([...words, 'true'], { allowFailure: true })).exitCode === 0;
  if (await works(SETPRIV)) return { as: SETPRIV, owner: 'postgres' };
  if (await works(UNSHARE)) return { as: UNSHARE, owner: undefined };
  throw new PlanRunError(
    'unavailable',
    `PostgreSQL refuses to run as root, and root on ${node.name} can become nobody else`,
    {
      node: node.name,
      command: [...UNSHARE, 'true'].join(' '),
      hint: 'make a user "postgres" on the node (Debian’s package does), or allow user namespaces',
    },
  );
}
