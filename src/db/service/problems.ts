/** What the schema of a service cannot say: placeholders, secrets, what belongs together, and what the workload needs. */
import { durationMs } from '../../base/units.ts';
import type { Ability, SettingsProblem, Surroundings, WorkloadUse } from '../../contract/index.ts';
import { isCommand, type Operation, type ServiceSettings } from './settings.ts';
import { COMMAND_NAMES, isUnclosed, placeholders, REQUEST_NAMES } from './template.ts';

type Keys = readonly (string | number)[];

/** Placeholders that carry an operation's value; without them it would be the same request each time. */
const NEEDED: Readonly<Record<Operation, readonly string[]>> = {
  add: ['value'],
  write: ['key', 'value'],
  cas: ['key', 'old', 'new'],
  read: ['key'],
  'read-node': [],
};

const DAY_MS = 86_400_000;

export function problems(settings: ServiceSettings, { workload }: Surroundings): SettingsProblem[] {
  return [
    ...textsOf(settings).flatMap(textProblems),
    ...fileProblems(settings),
    ...nameProblems(settings),
    ...probeProblems(settings),
    ...requestProblems(settings),
    ...(workload === undefined ? [] : workloadProblems(settings, workload)),
    ...(['connect_timeout', 'install_timeout'] as const)
      .filter((path) => durationMs(settings[path]) < 1 || durationMs(settings[path]) > DAY_MS)
      .map((path) => ({ path, message: `${path} must be at least 1ms, and at most 24h` })),
  ];
}

/** Who is primary must be described before it can be aimed at; that additions may be repeated must be said. */
export function lacks({ primary, requests }: ServiceSettings): Partial<Record<Ability, string>> {
  return {
    ...(primary === undefined && {
      primaries: 'say in database.service.primary how a node tells that it is the primary',
    }),
    ...(requests.add?.repeatable !== true && {
      retry: 'if adding twice leaves what adding once does, say so: database.service.requests.add.repeatable: true',
    }),
  };
}

/** A text with placeholders, and which of them mean something there. */
interface Text {
  readonly path: Keys;
  readonly text: string;
  readonly names: readonly string[];
  /** What reads it: an argument list is public, a path and a header have an alphabet. */
  readonly as: 'argument' | 'text' | 'path' | 'header';
}

function textsOf({ install, version, start, env, stop, ready, primary, logs, requests }: ServiceSettings): Text[] {
  const command = (argv: readonly string[], ...path: Keys) =>
    argv.map((text, index): Text => ({ path: [...path, index], text, names: COMMAND_NAMES, as: 'argument' }));
  const sent = (
    { path, headers, body }: { path: string; headers: Readonly<Record<string, string>>; body?: string },
    names: readonly string[],
    ...at: Keys
  ): Text[] => [
    { path: [...at, 'path'], text: path, names, as: 'path' },
    ...Object.entries(headers).map(([name, text]): Text => {
      return { path: [...at, 'headers', name], text, names, as: 'header' };
    }),
    ...(body === undefined ? [] : [{ path: [...at, 'body'], text: body, names, as: 'text' } as const]),
  ];
  const probes = Object.entries({ ready, primary }).flatMap(([key, probe]) => {
    if (probe === undefined) return [];
    return isCommand(probe) ? command(probe, key) : sent(probe, REQUEST_NAMES, key);
  });
  return [
    ...install.flatMap((argv, index) => command(argv, 'install', index)),
    ...(version === undefined ? [] : command(version.command, 'version', 'command')),
    ...command(start, 'start'),
    ...Object.entries(env).map(([name, text]): Text => {
      return { path: ['env', name], text, names: COMMAND_NAMES, as: 'text' };
    }),
    ...(typeof stop === 'string' ? [] : command(stop, 'stop')),
    ...probes,
    ...logs.map((text, index): Text => ({ path: ['logs', index], text, names: COMMAND_NAMES, as: 'text' })),
    ...entries(requests).flatMap(([f, request]) => {
      return sent(request, [...REQUEST_NAMES, ...NEEDED[f]], 'requests', f);
    }),
  ];
}

const entries = (requests: ServiceSettings['requests']) =>
  Object.entries(requests).filter(([, request]) => request !== undefined) as [
    Operation,
    NonNullable<ServiceSettings['requests'][Operation]>,
  ][];

function textProblems({ path, text, names, as }: Text): SettingsProblem[] {
  const found: SettingsProblem[] = placeholders(text)
    .filter((name) => name !== 'open' && !names.includes(name))
    .map((word) => ({ path, message: `"{{${word}}}" means nothing here`, guess: { word, of: [...names, 'open'] } }));
  if (isUnclosed(text))
    found.push({ path, message: '"{{" begins no placeholder', hint: 'for two braces write {{open}}' });
  if (text.includes('\0')) found.push({ path, message: 'no text here may hold a NUL' });
  if (as === 'argument' && path.at(-1) === 0 && text === '') found.push({ path, message: 'the program has no name' });
  if (as === 'argument' && text.includes('${env:'))
    found.push({
      path,
      message: 'a secret in an argument list can be read by everybody on the node',
      hint: 'hand it over as a variable: database.service.env',
    });
  const plain = text.replaceAll(/\{\{[^{}]*\}\}|\$\{env:\w+\}/g, 'x');
  if (as === 'path' && !/^[!-~]*$/.test(plain))
    found.push({ path, message: 'a path is ASCII without spaces', hint: 'write other characters as %20, %C3%A9, ...' });
  if (as === 'header' && !/^[\t -~]*$/.test(plain)) found.push({ path, message: 'a header is one line of ASCII' });
  return found;
}

function fileProblems({ files, logs }: ServiceSettings): SettingsProblem[] {
  const found: SettingsProblem[] = [];
  for (const target of Object.keys(files)) {
    const steps = target.split('/');
    if (steps.some((step) => ['', '.', '..'].includes(step)) || target.includes('\0'))
      found.push({
        path: ['files', target],
        message: `"${target}" is no path below the node's directory`,
        hint: 'write it like bin/app; the file it comes from may be anywhere: bin/app: ../build/app',
      });
    else if (['run', 'log'].includes(steps[0] as string))
      found.push({ path: ['files', target], message: `"${steps[0]}" below the node's directory is plan-run's own` });
  }
  const names = ['service.log', ...logs.map((log) => log.slice(log.lastIndexOf('/') + 1))];
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index)
      found.push({
        path: ['logs', index - 1],
        message: `there is another log with the name "${name}"; they are collected into one folder`,
        ...(name === 'service.log' && { hint: 'service.log is the output of the start command' }),
      });
  return found;
}

/** The client sets these itself. */
const OWN_HEADERS = ['content-length', 'transfer-encoding', 'connection', 'host', 'expect', 'upgrade'];

function nameProblems({ env, ready, primary, requests }: ServiceSettings): SettingsProblem[] {
  const found: SettingsProblem[] = Object.keys(env)
    .filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map((name) => ({ path: ['env', name], message: `"${name}" is no name of a variable: letters, digits and _` }));
  const probes = Object.entries({ ready, primary }).flatMap(([key, probe]) =>
    probe === undefined || isCommand(probe) ? [] : [{ at: [key], headers: probe.headers }],
  );
  for (const { at, headers } of [
    ...probes,
    ...entries(requests).map(([f, request]) => ({ at: ['requests', f], headers: request.headers })),
  ])
    for (const name of Object.keys(headers)) {
      const path = [...at, 'headers', name];
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
        found.push({ path, message: `"${name}" is no name of a header` });
      else if (OWN_HEADERS.includes(name.toLowerCase()))
        found.push({ path, message: `the header "${name}" is the client's own affair` });
    }
  return found;
}

function probeProblems({ ready, primary }: ServiceSettings): SettingsProblem[] {
  return Object.entries({ ready, primary }).flatMap(([key, probe]) => {
    if (probe === undefined || isCommand(probe) || (probe.answer === undefined) === (probe.equals === undefined))
      return [];
    return [{ path: key, message: '"answer" and "equals" go together: where to look, and what must stand there' }];
  });
}

function requestProblems({ requests, primary }: ServiceSettings): SettingsProblem[] {
  return entries(requests).flatMap(([f, request]) => {
    const path = ['requests', f];
    const found: SettingsProblem[] = [];
    const second = 'fail' in request ? request.fail : 'none' in request ? request.none : [];
    const both = request.ok.filter((status) => second.includes(status));
    if (both.length > 0) found.push({ path, message: `status ${both[0]} cannot say two things at once` });
    if (request.ok.length === 0)
      found.push({ path: [...path, 'ok'], message: 'without a status here, nothing is ever ok' });
    if ('to' in request && request.to === 'primary' && (primary === undefined || isCommand(primary)))
      found.push({
        path: [...path, 'to'],
        message:
          'clients find the primary by asking the nodes over HTTP, and database.service.primary is no such question',
        hint: 'for example: primary: { path: /status, answer: /role, equals: primary }',
      });
    if ('each' in request && request.each !== '' && request.answer === 'text')
      found.push({
        path: [...path, 'each'],
        message: 'text has no items to look into',
        hint: 'remove "each" or "answer: text"',
      });
    return found;
  });
}

/** Whether there is a request for each operation, and whether it carries what the operation is about. */
function workloadProblems(
  { requests }: ServiceSettings,
  { name, settings, operations }: WorkloadUse,
): SettingsProblem[] {
  const keys = name === 'register' ? (settings as { readonly keys: number }).keys : 1;
  const found: SettingsProblem[] = [];
  for (const f of operations) {
    // `verify` has an ability of its own, which a service does not offer.
    if (!Object.hasOwn(NEEDED, f)) continue;
    const request = requests[f as Operation];
    if (request === undefined) {
      const message = `the workload "${name}" does "${f}", and no request is described for it`;
      found.push({ path: 'requests', message, hint: `for example: ${f}: { path: /${name} }` });
      continue;
    }
    const texts = [request.path, request.body ?? '', ...Object.values(request.headers)];
    const named = texts.flatMap(placeholders);
    for (const needed of NEEDED[f as Operation])
      if (!named.includes(needed) && (needed !== 'key' || keys > 1))
        found.push({
          path: ['requests', f],
          message: `"${f}" says nowhere what it is about: {{${needed}}} stands in no path, body or header`,
        });
    if (name === 'set' && f === 'read' && named.includes('key'))
      found.push({ path: ['requests', f], message: 'a set has no {{key}}' });
  }
  const { read } = requests;
  if (name === 'register' && read !== undefined && read.each !== '')
    found.push({ path: ['requests', 'read', 'each'], message: 'a register is no list: "each" is for a set' });
  if (name === 'set' && read !== undefined && read.none.length > 0)
    found.push({
      path: ['requests', 'read', 'none'],
      message: 'a set that is empty is an empty list: "none" is for a register',
    });
  return found;
}
