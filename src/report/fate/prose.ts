import { NS_PER_S } from '../../base/clock.ts';
import type { TraceEntry } from '../../contract/index.ts';
import type { End, Fate } from './fate.ts';
import type { Holding } from './holdings.ts';
import type { Try } from './operations.ts';

const WIDTH = 100;
const INDENT = '  ';
/** So many of a kind are told one by one; of more, the first and the last. */
const TOLD_MAX = 3;

const HEADS: Readonly<Record<End, string>> = {
  kept: 'acknowledged, and in the final read',
  lost: 'acknowledged, and lost',
  recovered: 'never acknowledged, yet in the final read',
  absent: 'never acknowledged, and not in the final read',
  unread: 'nobody can say: there was no final read',
  'never-added': 'nobody ever tried to add it',
};

/** One element's life in a few lines. Times are seconds since the workload began. */
export function proseOf(fate: Fate): string[] {
  const { element, end, tries, holdings } = fate;
  const told = new Teller(fate);
  const paragraphs = [
    some(tries, (one) => told.tried(one)),
    holdings.length > 0 ? told.held() : told.nobodyHad(),
    told.said(),
    told.leads(),
    [...told.gone(), ...told.read()],
  ].map((sentences) => sentences.join(' '));
  const all = [...paragraphs, ...told.decided(paragraphs.join(' '))];
  return [`${element}: ${HEADS[end]}.`, ...all.flatMap(wrapped)];
}

/** The parts of the tale, each as sentences. */
class Teller {
  readonly #fate: Fate;
  /** Faults whose words have been told. */
  readonly #named = new Set<string>();

  constructor(fate: Fate) {
    this.#fate = fate;
  }

  /** Which client sent it to whom, and what it was told. */
  tried(one: Try): string {
    const { f, client, process, home, atNs, ended } = one;
    const sent = this.#fate.events.filter((entry) => sentBy(one, entry));
    const nodes = [...new Set(sent.map(({ words }) => words.replace(/^sends \S+ to /, 'to ')))];
    const where = nodes.length === 0 ? '' : ` (${nodes.join(', then ')})`;
    const asks = f === 'add' ? `adds it at ${this.at(atNs)}` : `asks at ${this.at(atNs)} what became of it (${f})`;
    const told =
      ended === undefined
        ? 'is never told'
        : answer(one, ended.atNs === atNs ? 'at once' : `after ${seconds(ended.atNs - atNs)}`);
    return `Client ${client} (process ${process}, home ${home}) ${asks}${where}${this.#during(atNs)}, and ${told}.`;
  }

  /** Who had it, and from whom. */
  held(): string[] {
    const places = [...new Set(this.#fate.holdings.map(placeOf))];
    const firsts = places.map((place) => {
      const own = this.#fate.holdings.filter((one) => placeOf(one) === place);
      const { from } = own[0] as Holding;
      const again = own.length === 1 ? '' : `, and ${own.length - 1} more times later`;
      return `${place} from ${this.at(from.time)} (${clause(from)}${again})`;
    });
    const one = firsts.length === 1;
    return [`It is on ${listed(firsts)}; ${one ? 'no other node ever has it' : 'nowhere else'}.`];
  }

  nobodyHad(): string[] {
    return this.#fate.events.length === 0 ? [] : ['No node says that it ever has it.'];
  }

  /** What was said of it beside: acknowledgements, refusals, what was sent when its client had been given up. */
  said(): string[] {
    const { events, tries } = this.#fate;
    const beside = events.filter((entry) => entry.change === undefined && !tries.some((one) => sentBy(one, entry)));
    return some(beside, (entry) => `At ${this.at(entry.time)}${this.#during(entry.time)}, ${clause(entry)}.`);
  }

  /** Who came to lead, and who ceased to. */
  leads(): string[] {
    const { end, turns } = this.#fate;
    if (end === 'kept' || turns.length === 0) return [];
    return [`Who leads: ${some(turns, (entry) => `at ${this.at(entry.time)}, ${clause(entry)}`).join('; ')}.`];
  }

  /** How the copies went. */
  gone(): string[] {
    const ended = this.#fate.holdings.filter(({ until }) => until !== undefined);
    if (ended.length === 0) return [];
    const inOrder = ended
      .map((holding) => ({ holding, at: this.#fate.events.indexOf(holding.until as TraceEntry) }))
      .sort((a, b) => a.at - b.at)
      .map(({ holding }) => holding);
    const left = [...new Set(this.#fate.holdings.filter(({ until }) => until === undefined).map(placeOf))];
    const sentences = some(inOrder, ({ until }, last) => {
      const copy = last && left.length === 0 ? 'its last copy' : 'a copy';
      const { node, time, change } = until as TraceEntry;
      const goes = change === 'moved' ? 'gives away' : 'drops';
      return `${node} ${goes} ${copy} at ${this.at(time)}${this.#during(time)} (${clause(until as TraceEntry)}).`;
    });
    return left.length === 0 ? sentences : [...sentences, `It stays on ${listed(left)}.`];
  }

  read(): string[] {
    const { read, end } = this.#fate;
    if (read === undefined) return [];
    const there = end === 'kept' || end === 'recovered' ? 'has it' : 'does not have it';
    return [`The final read, at ${this.at(read.atNs)}, ${there}.`];
  }

  /** The event that decided, with its place among the faults; its words where they have not been told. */
  decided(told: string): string[] {
    const { cause } = this.#fate;
    if (cause === undefined) return [];
    const { what, node, time } = cause;
    const words = told.includes(clause(cause)) ? '' : `: ${clause(cause)}`;
    return [`What decided: ${what} on ${node} at ${this.at(time)}${this.#during(time) || this.#after(time)}${words}.`];
  }

  at(timeNs: number): string {
    return seconds(timeNs - this.#fate.startNs);
  }

  #during(timeNs: number): string {
    const inForce = this.#fate.faults.filter(
      ({ fromNs, toNs = Number.POSITIVE_INFINITY }) => fromNs <= timeNs && timeNs <= toNs,
    );
    const named = inForce.map(({ fault, nemesis, words }) => {
      if (this.#named.has(fault)) return fault;
      this.#named.add(fault);
      return `${fault} (${nemesis}: ${words})`;
    });
    return named.length === 0 ? '' : `, during ${listed(named)}`;
  }

  #after(timeNs: number): string {
    const over = this.#fate.faults
      .filter(({ toNs = Number.POSITIVE_INFINITY }) => toNs < timeNs)
      .sort((a, b) => (a.toNs as number) - (b.toNs as number))
      .at(-1);
    return over?.toNs === undefined ? '' : `, ${seconds(timeNs - over.toNs)} after ${over.fault} ended`;
  }
}

/** Whether it tells where a try was sent. */
function sentBy({ client, atNs, ended }: Try, { node, what, time }: TraceEntry): boolean {
  const endNs = ended?.atNs ?? Number.POSITIVE_INFINITY;
  return what === 'send' && node === `client ${client}` && time >= atNs && time <= endNs;
}

const placeOf = ({ node }: Holding) => node;

function answer({ f, ended, happened }: Try, when: string): string {
  if (f === 'verify' && happened !== undefined)
    return `learns ${when} that it ${happened ? 'was added' : 'was not added, and will not be'}`;
  return `is told ${ended?.type}${ended?.error === undefined ? '' : ` (${ended.error})`} ${when}`;
}

/** An entry's words as a clause that names its node. */
function clause({ node, words }: TraceEntry): string {
  return words.startsWith(`${node} `) ? words : `${node}: ${words}`;
}

/** Each, told; of many the first ones and the last. */
function some<T>(all: readonly T[], tell: (one: T, last: boolean) => string): string[] {
  const told = (from: number, to: number) =>
    all.slice(from, to).map((one, at) => tell(one, from + at === all.length - 1));
  if (all.length <= TOLD_MAX + 1) return told(0, all.length);
  return [...told(0, TOLD_MAX - 1), `(${all.length - TOLD_MAX} more, see --json)`, ...told(all.length - 1, all.length)];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function seconds(ns: number): string {
  return `${(ns / NS_PER_S).toFixed(3)} s`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && INDENT.length + line.length + 1 + word.length > WIDTH) {
      lines.push(INDENT + line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, INDENT + line];
}
