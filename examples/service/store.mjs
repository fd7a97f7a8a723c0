/**
 * A replicated set over HTTP, in plain Node: every server takes additions and reads, and there is no leader.
 *
 *     node store.mjs --host 10.0.0.1 --port 8080 --peers 10.0.0.2:8080,10.0.0.3:8080 --count copies
 *
 * A server that is asked to add an element writes it to its own disk, sends it to its peers, and acknowledges it when a
 * majority of all servers has it. A server that is asked for the set puts together what a majority has. Any two
 * majorities have a server in common, so a read has whatever was acknowledged before it.
 */
import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8080' },
    peers: { type: 'string', default: '' },
    data: { type: 'string', default: 'set.log' },
    count: { type: 'string', default: 'copies' },
  },
});
const PEERS = options.peers.split(',').filter(Boolean);
const MAJORITY = Math.floor((PEERS.length + 1) / 2) + 1;
const PEER_MS_MAX = 200;

// The disk: a line for each element, synced before anybody is told of it. A line without its end was never told.
const text = read(options.data);
const whole = text.slice(0, text.lastIndexOf('\n') + 1);
const elements = new Set(whole.split('\n').filter(Boolean).map(Number));
const log = openSync(options.data, 'a');
ftruncateSync(log, Buffer.byteLength(whole));
syncFolder();

function keep(element) {
  if (elements.has(element)) return;
  writeSync(log, `${element}\n`);
  fdatasyncSync(log);
  elements.add(element);
}

/** Keeps the element here, and has the peers keep it. @returns whether it may be acknowledged. */
async function add(element) {
  keep(element);
  const copies = PEERS.map((peer) => ask(peer, 'PUT', `/copy/${element}`));
  return majority(copies);
}

/**
 * Whether a majority, this server included, has what was sent to the peers.
 *
 * THE BUG, with `--count answers`: what counts is that a peer has been dealt with, not that it has a copy. A refused connection and a
 * time-out are dealt with, too. As long as all servers are well, nobody can tell the difference.
 */
function majority(copies) {
  return new Promise((resolve) => {
    let counted = 1;
    let open = copies.length;
    const count = () => {
      if (++counted >= MAJORITY) resolve(true);
    };
    for (const copy of copies)
      copy.then(count, options.count === 'answers' ? count : () => {}).then(() => {
        if (--open === 0) resolve(counted >= MAJORITY);
      });
    if (counted >= MAJORITY) resolve(true);
  });
}

/** What a majority has, put together: this server, and peers one after another until there are enough. */
async function readAll() {
  const found = new Set(elements);
  let asked = 1;
  for (const peer of PEERS) {
    if (asked === MAJORITY) break;
    try {
      for (const element of JSON.parse(await ask(peer, 'GET', '/own')).elements) found.add(element);
      asked++;
    } catch (error) {
      console.log(`${peer} is not read: ${error.message}`);
    }
  }
  return asked === MAJORITY ? [...found] : undefined;
}

// HTTP: requests of clients, and those of peers (/copy, /own).
createServer(async (incoming, outgoing) => {
  const answer = (status, value) => {
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  try {
    const [, what, argument] = incoming.url.split('/');
    const body = await bodyOf(incoming);
    switch (`${incoming.method} /${what}`) {
      case 'POST /set': {
        const { element } = JSON.parse(body);
        // 504: some servers may have it. Nobody knows what will become of it.
        return (await add(element)) ? answer(201, { element }) : answer(504, { error: 'no majority has it yet' });
      }
      case 'GET /set': {
        const all = await readAll();
        return all === undefined ? answer(503, { error: 'no majority answers' }) : answer(200, { elements: all });
      }
      case 'PUT /copy':
        keep(Number(argument));
        return answer(200, {});
      case 'GET /own':
        return answer(200, { elements: [...elements] });
      case 'GET /health':
        return answer(200, { elements: elements.size });
      default:
        return answer(404, { error: 'no such thing' });
    }
  } catch (error) {
    console.log(`${incoming.method} ${incoming.url}: ${error.stack}`);
    answer(500, { error: error.message });
  }
}).listen(Number(options.port), options.host, () => {
  console.log(`${options.host}:${options.port} serves ${elements.size} elements; ${MAJORITY} are a majority`);
});

const agent = new Agent({ keepAlive: true });

/** One request to a peer: the body of its answer. Fails where there is none in time, or another status than 200. */
function ask(peer, method, path) {
  const [host, port] = peer.split(':');
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PEER_MS_MAX);
    request({ host, port, method, path, agent, signal }, async (incoming) => {
      const body = await bodyOf(incoming).catch(reject);
      if (incoming.statusCode === 200) resolve(body);
      else reject(new Error(`status ${incoming.statusCode}`));
    })
      .on('error', reject)
      .end();
  });
}

async function bodyOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** That the file exists must survive, too. */
function syncFolder() {
  const folder = openSync('.', 'r');
  fsyncSync(folder);
  closeSync(folder);
}
