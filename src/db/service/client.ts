import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { type HttpAnswer, HttpConnection, HttpError } from '../client-http.ts';
import { AnswerError, begins, elementsIn, refusal, valueIn } from './answer.ts';
import { classify, failure } from './errors.ts';
import type { Operation, Question, Requests } from './settings.ts';
import { fill, type Values } from './template.ts';

type Request = NonNullable<Requests[Operation]>;
type Write = NonNullable<Requests['write']>;
type Read = NonNullable<Requests['read']>;

/** A node as a client sees it. */
export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** What placeholders in a request to it stand for, the operation's own left out. */
  readonly values: Values;
}

export interface ServiceClientConfig {
  /** In node order. */
  readonly targets: readonly Target[];
  readonly home: string;
  readonly requests: Requests;
  /** How a node tells that it is the primary. */
  readonly primary?: Question;
  readonly connectTimeoutMs: number;
  readonly localAddress?: string;
}

/**
 * A client that sends the requests of its plan, each once:
 *
 *     {f: 'add', value: 5}                  {{value}}
 *     {f: 'write', value: [3, 5]}           {{key}} {{value}}
 *     {f: 'cas', value: [3, [5, 6]]}        {{key}} {{old}} {{new}}
 *     {f: 'read', value: null}              ok value: the elements of the set
 *     {f: 'read', value: [3, null]}         {{key}}; ok value: [3, the register's value or null]
 *     {f: 'read-node', value: ['n2', null]}     ok value: ['n2', that node's elements]
 *
 * It connects when it first must, keeps a connection to each node, and opens it again when it is gone.
 */
export class ServiceClient implements Client {
  readonly #config: ServiceClientConfig;
  readonly #connections = new Map<string, HttpConnection>();
  /** Questions have connections of their own: one without an answer must not stand before a request. */
  readonly #questions = new Map<string, HttpConnection>();
  #primary: Target | undefined;
  #closed = false;

  constructor(config: ServiceClientConfig) {
    this.#config = config;
  }

  invoke({ f, value }: Invocation): Promise<Outcome> {
    const { add, write, cas, read, 'read-node': readNode } = this.#config.requests;
    if (f === 'add' && add !== undefined) return this.#write(add, texts({ value }));
    if (f === 'write' && write !== undefined) {
      const [key, written] = value as [number, number];
      return this.#write(write, texts({ key, value: written }));
    }
    if (f === 'cas' && cas !== undefined) {
      const [key, [old, becomes]] = value as [number, [number, number]];
      return this.#write(cas, texts({ key, old, new: becomes }));
    }
    if (f === 'read' && read !== undefined)
      return value === null ? this.#readSet(read) : this.#readRegister(read, value);
    if (f === 'read-node' && readNode !== undefined) return this.#readNode(readNode, (value as [string, null])[0]);
    throw new TypeError(`no request is described for "${f}"`);
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#connections.values(), ...this.#questions.values()]) connection.close();
  }

  async #write(request: Write, values: Values): Promise<Outcome> {
    const outcome = await this.#written(request, values);
    if (outcome.type !== 'ok') this.#primary = undefined;
    return outcome;
  }

  async #written(request: Write, values: Values): Promise<Outcome> {
    let target: Target;
    let answer: HttpAnswer;
    try {
      target = request.to === 'primary' ? (this.#primary ?? (await this.#findPrimary())) : this.#fixed(request.to);
      if (request.to === 'primary') this.#primary = target;
      answer = await this.#ask(target, request, values);
    } catch (error) {
      return classify(error, 'write');
    }
    if (request.ok.includes(answer.status)) return { type: 'ok' };
    const row = request.fail.includes(answer.status) ? 'refused' : 'unlisted';
    return failure(row, 'write', words(target, answer));
  }

  #readSet(request: Read): Promise<Outcome> {
    return this.#read(request, {}, (answer) => elementsIn(whole(answer), request));
  }

  #readRegister(request: Read, value: unknown): Promise<Outcome> {
    const [key] = value as [number, null];
    const ok = [...request.ok, ...request.none];
    return this.#read({ ...request, ok }, texts({ key }), (answer) => [
      key,
      request.none.includes(answer.status) ? null : valueIn(whole(answer), request),
    ]);
  }

  async #readNode(request: NonNullable<Requests['read-node']>, node: string): Promise<Outcome> {
    const target = this.#config.targets.find(({ name }) => name === node);
    if (target === undefined) return failure('unsent', 'read', `there is no node "${node}"`);
    return this.#readFrom(target, request, {}, (answer) => [node, elementsIn(whole(answer), request)]);
  }

  /** Who is primary is asked each time: one that was it lately may still answer, and no longer know all. */
  async #read(request: Read, values: Values, toValue: (answer: HttpAnswer) => unknown): Promise<Outcome> {
    try {
      const target = request.to === 'primary' ? await this.#findPrimary() : this.#fixed(request.to);
      return await this.#readFrom(target, request, values, toValue);
    } catch (error) {
      return classify(error, 'read');
    }
  }

  async #readFrom(
    target: Target,
    request: Request,
    values: Values,
    toValue: (answer: HttpAnswer) => unknown,
  ): Promise<Outcome> {
    try {
      const answer = await this.#ask(target, request, values);
      if (!request.ok.includes(answer.status)) return failure('unlisted', 'read', words(target, answer));
      return { type: 'ok', value: toValue(answer) };
    } catch (error) {
      if (error instanceof AnswerError)
        return failure('unreadable', 'read', `the answer of ${target.name} is not as the plan says: ${error.message}`);
      return classify(error, 'read');
    }
  }

  #fixed(to: 'home' | 'first'): Target {
    const { targets, home } = this.#config;
    const target = to === 'first' ? targets[0] : targets.find(({ name }) => name === home);
    if (target === undefined) throw new HttpError(`there is no node "${home}"`, { sent: false });
    return target;
  }

  /** The node that says it is primary; the first to say so, where several do. @throws HttpError that nothing was sent. */
  async #findPrimary(): Promise<Target> {
    const { targets, primary: question, connectTimeoutMs: timeoutMs } = this.#config;
    const said: string[] = [];
    async function claim(target: Target, connection: HttpConnection): Promise<Target> {
      const path = fill(question!.path, target.values, encodeURIComponent);
      const headers = filled(question!.headers, target.values);
      const { status, body } = await connection.ask({ method: 'GET', path, headers, timeoutMs });
      const no = refusal(question!, status, body.toString());
      if (no !== undefined) throw new Error(no);
      return target;
    }
    try {
      return await Promise.any(
        targets.map(async (target, index) => {
          try {
            return await claim(target, this.#connection(target, this.#questions));
          } catch (error) {
            said[index] = `${target.name}: ${(error as Error).message}`;
            throw error;
          }
        }),
      );
    } catch {
      throw new HttpError(`no node says that it is the primary (${said.join('; ')})`, { sent: false });
    }
  }

  #ask(target: Target, { method, path, headers, body }: Request, own: Values): Promise<HttpAnswer> {
    const values = { ...target.values, ...own };
    const typed = body === undefined || hasType(headers) ? headers : { 'content-type': 'application/json', ...headers };
    return this.#connection(target, this.#connections).ask({
      ...{ method, path: fill(path, values, encodeURIComponent), headers: filled(typed, values) },
      ...(body === undefined ? {} : { body: fill(body, values) }),
    });
  }

  #connection(target: Target, among: Map<string, HttpConnection>): HttpConnection {
    if (this.#closed) throw new HttpError('the client was closed', { sent: false });
    const open = among.get(target.name);
    if (open !== undefined) return open;
    const { connectTimeoutMs, localAddress } = this.#config;
    const connection = new HttpConnection({ host: target.host, port: target.port, connectTimeoutMs, localAddress });
    among.set(target.name, connection);
    return connection;
  }
}

const texts = (values: Readonly<Record<string, unknown>>): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

const filled = (headers: Values, values: Values): Values =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, fill(text, values)]));

const hasType = (headers: Values) => Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');

function words({ name }: Target, { status, body }: HttpAnswer): string {
  return `${name} answered with status ${status}${begins(body.toString())}`;
}

/** The body as text. @throws AnswerError where it may have been cut short: of a list or a map that is seen, of a number it is not. */
function whole({ body, measured }: HttpAnswer): string {
  const text = body.toString();
  if (measured || /^\s*[[{]/.test(text)) return text;
  throw new AnswerError('without Content-Length or chunks nobody can tell whether it is whole');
}
