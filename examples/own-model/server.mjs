// The protocol, as one server runs it: elections, and a log that the primary replicates. After Raft (Ongaro and Ousterhout 2014);
// numbers in the comments are that paper's sections. Everything happens in callbacks; nothing waits, and time, chance, disk and
// network come from `process` alone, so that a seed repeats a run exactly. Messages are handed over: nobody changes one later.

export const PORT = 7000;
const BEAT_MS = 100;
/** Without a sign of a primary for so long, drawn anew each time, a server stands for election (5.2). */
const PATIENCE_MS = [800, 1600];
/** Who has not answered by then is asked again, over a new connection. */
const LATE_MS = 400;
/** So many entries in a message. */
const BATCH = 100;

/**
 * Starts a server, at first and after each kill: its memory is gone then, and its disk as it was left.
 * @param {import('plan-run').SimProcess} process
 * @param {{ nodes: readonly string[], acknowledge: string, reign: (epoch: number, node: string) => void }} config
 */
export function startServer(process, { nodes, acknowledge, reign }) {
  const me = process.node;
  const others = nodes.filter((node) => node !== me);
  const majority = Math.floor(nodes.length / 2) + 1;
  /** Entries `{ epoch, element }`; one without an element changes nothing. */
  const log = process.disk('log');
  /** In which epoch this server is, and for whom it has voted there: the last record counts. */
  const ballots = process.disk('ballots');
  const draws = process.rng.fork('patience');
  const links = new Map();

  let { epoch, vote } = ballots.records.at(-1) ?? { epoch: 0, vote: undefined };
  let role = 'replica';
  let primary;
  /** So many entries are there for good. */
  let committed = 0;
  let patientUntilMs = 0;
  // A primary's: how many entries its own disk has; what it knows of the others; the clients that wait.
  let durable = 0;
  let peers = [];
  let waiting = [];

  process.detail(
    'load',
    () => `finds ${elements().length} elements on its disk`,
    () => elements(),
    'gained',
  );
  process.listen(PORT, () => ({
    asked(request, reply) {
      if (request.do === 'vote') answerVote(request, reply);
      else if (request.do === 'append') answerAppend(request, reply);
      else if (role !== 'primary') reply({ refused: true, primary });
      else if (request.do === 'add') write({ epoch, element: request.element }, () => reply({}));
      else write({ epoch }, (count) => reply({ elements: elements(count) }));
    },
  }));
  bePatient();
  process.every(BEAT_MS, () => {
    if (role === 'primary') peers.forEach(replicate);
    else if (process.nowMs() >= patientUntilMs) stand();
  });

  const epochAt = (count) => log.records[count - 1]?.epoch ?? 0;

  function elements(count = log.records.length) {
    return log.records.slice(0, count).flatMap(({ element }) => (element === undefined ? [] : [element]));
  }

  // What a primary does with a client's request. A read is an entry, too: who can still write is still the primary.

  function write(entry, acknowledged) {
    append(entry, 'write', () => `writes ${entry.element} as primary of epoch ${epoch}`);
    const count = log.records.length;
    waiting.push({ count, acknowledged });
    durably(() => {
      durable = Math.max(durable, count);
      progress();
    });
    peers.forEach(replicate);
  }

  /** Some disk has more than before: what is acknowledged now? */
  function progress() {
    const counts = [durable, ...peers.map(({ has }) => has)].sort((a, b) => b - a);
    const count = counts[majority - 1];
    // Of an earlier epoch's entries a majority can be overruled; they are committed with one of this epoch (5.4.2).
    if (count > committed && epochAt(count) === epoch) committed = count;
    // The whole difference: what only this disk has is gone when another server is elected without it.
    const safe = acknowledge === 'majority' ? committed : durable;
    const done = waiting.filter((one) => one.count <= safe);
    waiting = waiting.filter((one) => one.count > safe);
    for (const { count, acknowledged } of done) acknowledged(count);
  }

  // Replication (5.3).

  /** Sends a replica what it lacks, or a sign of life: one request at a time. */
  function replicate(peer) {
    if (peer.asked) return;
    peer.asked = true;
    const { node, next } = peer;
    const entries = log.records.slice(next, next + BATCH);
    const request = { do: 'append', epoch, primary: me, count: next, last: epochAt(next), entries, committed };
    ask(node, request, (answer) => {
      peer.asked = false;
      if (answer === undefined || hear(answer.epoch) || epoch !== request.epoch) return;
      peer.next = answer.next;
      if (answer.matches) {
        peer.has = Math.max(peer.has, answer.next);
        progress();
      }
      if (peer.next < log.records.length) replicate(peer);
    });
  }

  function answerAppend({ epoch: theirs, primary: who, count, last, entries, committed: upTo }, reply) {
    if (theirs < epoch) {
      reply({ epoch });
      return;
    }
    hear(theirs);
    role = 'replica';
    primary = who;
    bePatient();
    if (count > log.records.length || epochAt(count) !== last) {
      reply({ epoch, matches: false, next: Math.min(count - 1, log.records.length) });
      return;
    }
    // What is here already stays; from the first difference on the primary's log is the truth.
    const different = entries.findIndex((entry, at) => epochAt(count + at + 1) !== entry.epoch);
    if (different >= 0) {
      rollBack(count + different, who);
      for (const entry of entries.slice(different))
        append(entry, 'replicate', () => `has ${entry.element} from ${who}`);
    }
    const next = count + entries.length;
    committed = Math.max(committed, Math.min(upTo, next));
    durably(() => reply({ epoch, matches: true, next }));
  }

  function append(entry, what, words) {
    log.append(entry);
    if (entry.element !== undefined) process.detail(what, words, [entry.element], 'gained');
  }

  function rollBack(count, who) {
    if (count === log.records.length) return;
    // An invariant: what breaks it ends the run, as a bug, with the seed that repeats it.
    if (count < committed) throw new Error(`${me} takes back what was committed`);
    const gone = elements().slice(elements(count).length);
    log.truncate(count);
    process.say('rollback', `throws away ${gone.length} elements that ${who} does not have`, gone, 'dropped');
  }

  // Elections (5.2).

  function stand() {
    role = 'candidate';
    primary = undefined;
    enter(epoch + 1, me);
    bePatient();
    process.say('election', `stands for epoch ${epoch}`);
    const count = log.records.length;
    const request = { do: 'vote', epoch, candidate: me, last: epochAt(count), count };
    let votes = 0;
    const voted = () => {
      if (++votes === majority) win();
    };
    durably(() => {
      voted();
      for (const node of others)
        ask(node, request, (answer) => {
          if (answer === undefined || hear(answer.epoch) || epoch !== request.epoch) return;
          if (answer.granted && role === 'candidate') voted();
        });
    });
  }

  function answerVote({ epoch: theirs, candidate, last, count }, reply) {
    hear(theirs);
    // An acknowledged write is on a majority, and some of that vote: for nobody whose log lacks what theirs has (5.4.1).
    const mine = log.records.length;
    const enough = last > epochAt(mine) || (last === epochAt(mine) && count >= mine);
    const granted = theirs === epoch && enough && (vote === undefined || vote === candidate);
    if (!granted) {
      reply({ epoch, granted });
      return;
    }
    enter(epoch, candidate);
    bePatient();
    durably(() => reply({ epoch, granted }));
  }

  function win() {
    reign(epoch, me);
    role = 'primary';
    primary = me;
    durable = 0;
    peers = others.map((node) => ({ node, next: log.records.length, has: 0, asked: false }));
    process.say('elected', `is primary of epoch ${epoch}, with ${elements().length} elements`);
    // An entry of its own epoch, which it may count.
    write({ epoch }, () => {});
  }

  /** Whether there is a later epoch than its own; then that is its own from now on. */
  function hear(theirs) {
    if (theirs <= epoch) return false;
    if (role === 'primary') process.say('step-down', `is primary no more: there is an epoch ${theirs}`);
    role = 'replica';
    primary = undefined;
    enter(theirs, undefined);
    // Whoever waits is never answered: the next primary may keep the write, or not.
    waiting = [];
    return true;
  }

  function enter(next, choice) {
    epoch = next;
    vote = choice;
    ballots.append({ epoch, vote });
  }

  function bePatient() {
    patientUntilMs = process.nowMs() + draws.int(...PATIENCE_MS);
  }

  /**
   * Does something when all of this is on the disk: nobody may hear of a vote or an entry that a power failure can take back.
   * If another epoch has begun meanwhile, it does nothing: what was true then may be so no more.
   */
  function durably(work) {
    const then = epoch;
    ballots.sync(() =>
      log.sync(() => {
        if (epoch === then) work();
      }),
    );
  }

  /** Asks another server. The answer is undefined where there is none, which tells nothing of what it did. */
  function ask(node, request, done) {
    const open = links.get(node);
    const link = open?.open ? open : process.connect(node, PORT, {});
    links.set(node, link);
    const answered = (answer, lost) => {
      if (lost !== undefined) link.close();
      done(answer);
    };
    link.call(request, answered, LATE_MS);
  }

  return { process, elements, state: () => ({ role, primary, count: log.records.length }) };
}
