import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, Endpoint, isRunSelector, Percentage, type Settings } from '../../contract/index.ts';

/** How long something takes; `usual` where the plan does not say it. */
function Spread(description: string, example: string, usual?: object) {
  const point = (of: string) => Duration({ description: of, examples: [example] });
  return Type.Union(
    [
      Duration(),
      Type.Object(
        {
          min: point('The shortest.'),
          p50: point('The median.'),
          p99: point('Only one in a hundred takes longer.'),
          max: point('The longest.'),
        },
        { additionalProperties: false },
      ),
    ],
    {
      description: `${description} One duration is the median, with a tail up to ten times as long.`,
      expected: 'a duration such as 1ms, or a map with min, p50, p99 and max',
      ...(usual !== undefined && { default: usual }),
      examples: [example, usual ?? LAN],
    },
  );
}

const LAN = { min: '0.1ms', p50: '0.2ms', p99: '1ms', max: '5ms' };

const LATENCY = 'How long a packet takes, one way.';
const chance = (description: string) => Percentage({ description, default: '0%', examples: ['1%'] });
/** Of a link: what the plan does not say there is as everywhere. */
const chanceThere = (description: string) => Type.Optional(Percentage({ description, examples: ['1%'] }));

const loss = chance('Packets that get lost; TCP sends them again, which takes at least 200 ms.');
const duplicate = chance('Packets that arrive twice; TCP drops the second one.');
const reorder = chance('Packets that later ones overtake; TCP holds those back, so that a stream only stutters.');

const side = (description: string, example: unknown) =>
  Type.Union([Endpoint(), Type.Array(Endpoint(), { minItems: 1 })], {
    description,
    expected: 'a node, clients, or a list of them',
    examples: [example],
  });

const link = Type.Object(
  {
    between: side('The nodes (or clients) on one side.', ['n1', 'n2']),
    and: side('Those on the other side; packets in both directions are meant.', ['n3']),
    latency: Type.Optional(Spread(LATENCY, '0.5ms')),
    loss: chanceThere('Packets that get lost there.'),
    duplicate: chanceThere('Packets that arrive twice there.'),
    reorder: chanceThere('Packets that later ones overtake there.'),
  },
  { additionalProperties: false },
);

/** What the simulated machines and their network are like. The usual is a rack of machines with disks of their own. */
export const settings = Type.Object(
  {
    latency: Spread(LATENCY, '0.5ms', LAN),
    loss,
    duplicate,
    reorder,
    links: Type.Array(link, {
      description: 'Links that are unlike the others; of two that say something of one link, the later one counts.',
      default: [],
      examples: [[{ between: ['n1', 'n2'], and: ['n3'], latency: '40ms' }]],
    }),
    disk_write: Spread('How long it takes to hand a write to the operating system.', '0.05ms', {
      min: '0.01ms',
      p50: '0.02ms',
      p99: '0.1ms',
      max: '2ms',
    }),
    disk_fsync: Spread('How long a disk takes to bring to safety what was written.', '8ms', {
      min: '1ms',
      p50: '4ms',
      p99: '20ms',
      max: '100ms',
    }),
    clock_offset: Duration({
      description: "How far a node's wall clock is from the true time at most; drawn from the seed.",
      default: '5ms',
      examples: ['200ms'],
    }),
    clock_drift_ppm: Type.Integer({
      description:
        "How much faster or slower a node's clock runs at most, in millionths; drawn from the seed. Its timers go with it.",
      minimum: 0,
      maximum: 100_000,
      default: 20,
      examples: [200],
    }),
    kill: Type.Enum(['process', 'machine'], {
      description:
        'What the fault `kill` takes away: the process, whose writes the page cache keeps, or the whole machine, as a power failure does: what was not synced may be gone.',
      default: 'process',
      examples: ['machine'],
    }),
  },
  { additionalProperties: false },
);

export type SimSettings = Settings<typeof settings>;

/** What the schema cannot say: that points of a distribution are in order, and that links are known before the run. */
export function problems(given: SimSettings): { path: string; message: string }[] {
  const found: { path: string; message: string }[] = [];
  const inOrder = (path: string, spread: SimSettings['latency'] | undefined) => {
    if (spread === undefined || typeof spread === 'string') return;
    const points = (['min', 'p50', 'p99', 'max'] as const).map((key) => durationMs(spread[key]));
    if (points.some((point, index) => index > 0 && point < (points[index - 1] as number)))
      found.push({ path, message: 'min, p50, p99 and max must not fall' });
  };
  inOrder('latency', given.latency);
  inOrder('disk_write', given.disk_write);
  inOrder('disk_fsync', given.disk_fsync);
  for (const [index, one] of given.links.entries()) {
    inOrder(`links[${index}].latency`, one.latency);
    for (const key of ['between', 'and'] as const)
      for (const name of [one[key]].flat())
        if (isRunSelector(name))
          found.push({ path: `links[${index}].${key}`, message: `a link cannot follow "${name}" about: name nodes` });
  }
  return found;
}
