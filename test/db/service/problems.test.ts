/** What the validator says of a service's settings, with the place in the plan. */
import { describe, expect, test } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { judge } from '../../plan/fixtures.ts';

const registry = makeRegistry();

const PLAN = `plan: 1
environment: lab
nodes: 3
database:
  service:
    start: [node, server.mjs]
    ready: { path: /health }
    requests:
      add: { path: /set, body: '{{value}}' }
      read: { path: /set }
workload:
  clients: 3
  rate: 10/s
  set: { writes: 100 }
`;

/** The plan with lines replaced: everything that is said of it, one line each. */
function said(...changes: readonly (readonly [string, string])[]): string[] {
  let text = PLAN;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, () => to);
  }
  return judge(text, registry).all.map(({ path, message, hint }) => `${path}: ${message}${hint ? ` (${hint})` : ''}`);
}

const START = '    start: [node, server.mjs]';
const READY = '    ready: { path: /health }';
const ADD = "add: { path: /set, body: '{{value}}' }";
const READ = 'read: { path: /set }';
const SET = '  set: { writes: 100 }';
const S = 'database.service';

test('nothing, where nothing is wrong; the place is that of the word', () => {
  expect(said()).toEqual([]);
  const { all } = judge(PLAN.replace('server.mjs', '"{{adress}}"'), registry);
  expect(all).toMatchObject([{ rule: 'module-settings', line: 6, column: 19, path: `${S}.start[1]` }]);
});

describe('placeholders', () => {
  test.each([
    [
      START,
      '    start: [node, "{{adress}}"]',
      `${S}.start[1]: "{{adress}}" means nothing here (did you mean "address"?)`,
    ],
    [
      START,
      '    start: [node, "{{value}}"]',
      `${S}.start[1]: "{{value}}" means nothing here (one of: node, id, address, port, dir, nodes, addresses, peers, open)`,
    ],
    [
      START,
      '    start: [node, "{{}}"]',
      `${S}.start[1]: "{{}}" means nothing here (one of: node, id, address, port, dir, nodes, addresses, peers, open)`,
    ],
    [START, '    start: [node, "{{id"]', `${S}.start[1]: "{{" begins no placeholder (for two braces write {{open}})`],
    [
      START,
      `${START}\n    install: [[ls], [cat, "{{key}}"]]`,
      `${S}.install[1][1]: "{{key}}" means nothing here (one of: node, id, address, port, dir, nodes, addresses, peers, open)`,
    ],
    [
      START,
      `${START}\n    env: { A: "{{peeers}}" }`,
      `${S}.env.A: "{{peeers}}" means nothing here (did you mean "peers"?)`,
    ],
    [START, `${START}\n    logs: [a, "{{dri}}/b"]`, `${S}.logs[1]: "{{dri}}" means nothing here (did you mean "dir"?)`],
    [START, `${START}\n    stop: [kill, "{{pid}}"]`, `${S}.stop[1]: "{{pid}}" means nothing here (did you mean "id"?)`],
    [
      START,
      `${START}\n    version: { command: ["{{x}}"], expect: "1" }`,
      `${S}.version.command[0]: "{{x}}" means nothing here (one of: node, id, address, port, dir, nodes, addresses, peers, open)`,
    ],
    [
      READY,
      '    ready: { path: "/{{dir}}" }',
      `${S}.ready.path: "{{dir}}" means nothing here (one of: node, id, address, port, open)`,
    ],
    [
      READY,
      '    ready: ["{{hots}}"]',
      `${S}.ready[0]: "{{hots}}" means nothing here (one of: node, id, address, port, dir, nodes, addresses, peers, open)`,
    ],
    [
      ADD,
      "add: { path: '/{{key}}', body: '{{value}}' }",
      `${S}.requests.add.path: "{{key}}" means nothing here (one of: node, id, address, port, value, open)`,
    ],
    [
      READ,
      "read: { path: /set, headers: { x-a: '{{old}}' } }",
      `${S}.requests.read.headers.x-a: "{{old}}" means nothing here (one of: node, id, address, port, key, open)`,
    ],
  ])('%s -> %s', (from, to, words) => expect(said([from, to])).toEqual([words]));
});

describe('what must not be', () => {
  test.each([
    [
      START,
      '    start: [node, --token, "${env:TOKEN}"]',
      `${S}.start[2]: a secret in an argument list can be read by everybody on the node (hand it over as a variable: database.service.env)`,
    ],
    [START, '    start: [""]', `${S}.start[0]: the program has no name`],
    [START, '    start: [node, "a\\0b"]', `${S}.start[1]: no text here may hold a NUL`],
    [
      START,
      `${START}\n    env: { "A;touch x": b }`,
      `${S}.env["A;touch x"]: "A;touch x" is no name of a variable: letters, digits and _`,
    ],
    [
      START,
      `${START}\n    files: { ../x: y }`,
      `${S}.files["../x"]: "../x" is no path below the node's directory (write it like bin/app; the file it comes from may be anywhere: bin/app: ../build/app)`,
    ],
    [
      START,
      `${START}\n    files: { /etc/x: y }`,
      `${S}.files["/etc/x"]: "/etc/x" is no path below the node's directory (write it like bin/app; the file it comes from may be anywhere: bin/app: ../build/app)`,
    ],
    [
      START,
      `${START}\n    files: { run/x: y }`,
      `${S}.files["run/x"]: "run" below the node's directory is plan-run's own`,
    ],
    [
      START,
      `${START}\n    logs: [a/x.log, b/x.log]`,
      `${S}.logs[1]: there is another log with the name "x.log"; they are collected into one folder`,
    ],
    [
      START,
      `${START}\n    logs: [my/service.log]`,
      `${S}.logs[0]: there is another log with the name "service.log"; they are collected into one folder (service.log is the output of the start command)`,
    ],
    [
      START,
      `${START}\n    connect_timeout: 0s`,
      `${S}.connect_timeout: connect_timeout must be at least 1ms, and at most 24h`,
    ],
    [
      START,
      `${START}\n    install_timeout: 48h`,
      `${S}.install_timeout: install_timeout must be at least 1ms, and at most 24h`,
    ],
    [
      READY,
      '    ready: { path: "/a b" }',
      `${S}.ready.path: a path is ASCII without spaces (write other characters as %20, %C3%A9, ...)`,
    ],
    [
      READY,
      '    ready: { path: /, answer: /role }',
      `${S}.ready: "answer" and "equals" go together: where to look, and what must stand there`,
    ],
    [
      READY,
      '    ready: { path: /, equals: true }',
      `${S}.ready: "answer" and "equals" go together: where to look, and what must stand there`,
    ],
    [READY, '    ready: { path: /, headers: { "x y": a } }', `${S}.ready.headers["x y"]: "x y" is no name of a header`],
    [
      READ,
      'read: { path: /set, headers: { Host: a } }',
      `${S}.requests.read.headers.Host: the header "Host" is the client's own affair`,
    ],
    [
      READ,
      'read: { path: /set, headers: { a: "b\\nc: d" } }',
      `${S}.requests.read.headers.a: a header is one line of ASCII`,
    ],
    [READ, 'read: { path: /set, ok: [] }', `${S}.requests.read.ok: without a status here, nothing is ever ok`],
    [
      READ,
      'read: { path: /set, answer: text, each: /id }',
      `${S}.requests.read.each: text has no items to look into (remove "each" or "answer: text")`,
    ],
    [
      READ,
      'read: { path: /set, none: [404] }',
      `${S}.requests.read.none: a set that is empty is an empty list: "none" is for a register`,
    ],
    [READ, "read: { path: '/set/{{key}}' }", `${S}.requests.read: a set has no {{key}}`],
    [
      READ,
      'read: { path: /set, to: primary }',
      `${S}.requests.read.to: clients find the primary by asking the nodes over HTTP, and database.service.primary is no such question (for example: primary: { path: /status, answer: /role, equals: primary })`,
    ],
    [
      ADD,
      "add: { path: '/{{value}}', ok: [200, 409], fail: [409] }",
      `${S}.requests.add: status 409 cannot say two things at once`,
    ],
  ])('%s -> %s', (from, to, words) => expect(said([from, to])).toEqual([words]));
});

describe('what the schema refuses', () => {
  test.each([
    [
      START,
      '    start: node server.mjs',
      `${S}.start: expected a list of a program and its arguments, such as \`[node, server.mjs, --port, "{{port}}"]\`, got the text "node server.mjs" (did you mean [node server.mjs]?)`,
    ],
    [START, '    start: [node, 8080]', `${S}.start[1]: expected text, got 8080 (put it in quotes: "8080")`],
    [START, `${START}\n    env: { A: 1 }`, `${S}.env.A: expected text, got 1 (put it in quotes: "1")`],
    [READY, '    readyy: [true]', `${S}.readyy: unknown key "readyy" in ${S} (did you mean "ready"?)`],
    [
      ADD,
      "ad: { path: /set, body: '{{value}}' }",
      `${S}.requests.ad: unknown key "ad" in ${S}.requests (did you mean "add"?)`,
    ],
    [
      READ,
      'read: { path: /set, ok: 200 }',
      `${S}.requests.read.ok: expected a list of HTTP statuses, such as \`[200, 201]\`, got 200 (did you mean [200]?)`,
    ],
    [
      READ,
      'read: { path: /set, answer: elements }',
      `${S}.requests.read.answer: expected a JSON pointer such as /elements, empty text for the whole body, or \`text\`, got the text "elements"`,
    ],
    [READ, 'read: { path: set }', `${S}.requests.read.path: expected a path such as /set, got the text "set"`],
  ])('%s -> %s', (from, to, words) => expect(said([from, to])).toEqual([words]));
});

describe('what the workload needs', () => {
  const NO_ADD = `${S}.requests: the workload "set" does "add", and no request is described for it (for example: add: { path: /set })`;
  const REGISTER = '  register: { ops: 100, keys: 2 }';

  test('a request for each of its operations', () => {
    expect(said([`      ${ADD}\n`, ''])).toEqual([NO_ADD]);
    expect(said([SET, '  set: { writes: 100, read_from: every-node }'])).toEqual([
      `${S}.requests: the workload "set" does "read-node", and no request is described for it (for example: read-node: { path: /set })`,
    ]);
    expect(said([SET, '  noop:'])).toEqual([
      'workload.noop: service has no client for the workload "noop" (one of: set, register)',
    ]);
  });

  test('of a register, those in its mix', () => {
    const described = "read: { path: '/{{key}}' }\n      write: { path: '/{{key}}', body: '{{value}}' }";
    const without = (f: string) =>
      `${S}.requests: the workload "register" does "${f}", and no request is described for it (for example: ${f}: { path: /register })`;
    expect(said([SET, REGISTER], [READ, described])).toEqual([without('cas')]);
    expect(said([SET, '  register: { ops: 100, mix: [read, write] }'], [READ, described])).toEqual([]);
    expect(said([SET, '  register: { ops: 100, mix: [write] }'], [`      ${READ}\n`, ''])).toEqual([
      without('write'),
      without('read'),
    ]);
  });

  test('that they say what they are about', () => {
    expect(said([ADD, 'add: { path: /set }'])).toEqual([
      `${S}.requests.add: "add" says nowhere what it is about: {{value}} stands in no path, body or header`,
    ]);
    const bare = "write: { path: '/', body: '{{value}}' }\n      read: { path: / }";
    const nowhere = (f: string) =>
      `${S}.requests.${f}: "${f}" says nowhere what it is about: {{key}} stands in no path, body or header`;
    expect(said([SET, '  register: { ops: 100, mix: [read, write] }'], [READ, bare])).toEqual([
      nowhere('write'),
      nowhere('read'),
    ]);
    expect(said([SET, '  register: { ops: 100, keys: 1, mix: [read, write] }'], [READ, bare])).toEqual([]);
  });

  test('no list of a register', () => {
    const each = "read: { path: '/{{key}}', each: /a }";
    expect(said([SET, '  register: { ops: 100, mix: [read] }'], [READ, each])).toEqual([
      `${S}.requests.read.each: a register is no list: "each" is for a set`,
    ]);
  });
});

describe('abilities that its settings must give it', () => {
  const PRIMARY = `${READY}\n    primary: { path: /role, answer: /role, equals: primary }`;
  const FAULT = `${SET}\nfaults:\n  - { at: 1s, for: 1s, kill: primary }`;

  test('a primary to aim at', () => {
    expect(said([SET, FAULT])).toEqual([
      'faults[0].kill: "primary" asks for the primary, but service has none (say in database.service.primary how a node tells that it is the primary)',
    ]);
    expect(said([SET, FAULT], [READY, PRIMARY]).filter((words) => words.includes('primary, but'))).toEqual([]);
  });

  test('additions that may be repeated', () => {
    const retry = '  set: { writes: 100, on_unknown: retry }';
    expect(said([SET, retry])).toEqual([
      'workload.set.on_unknown: service does not offer "retry": operations that may be done once more without harm (if adding twice leaves what adding once does, say so: database.service.requests.add.repeatable: true)',
    ]);
    expect(said([SET, retry], [ADD, "add: { path: /set, body: '{{value}}', repeatable: true }"])).toEqual([]);
    expect(said([SET, '  set: { writes: 100, on_unknown: verify }'])).toEqual([
      'workload.set.on_unknown: service does not offer "verify": clients that can look up what became of a transaction',
    ]);
  });
});

test('it has no model', () => {
  expect(said(['environment: lab', 'environment: sim'])).toEqual([
    'environment: service cannot be simulated: it has no model (run it on real nodes: --env lab)',
  ]);
});
