/** The language server behind VS Code's YAML extension, as an editor talks to it: JSON-RPC over stdio (LSP 3.17). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Diagnostic {
  readonly message: string;
  /** 1: error, 2: warning, 3: information, 4: hint. */
  readonly severity: number;
  /** 2: deprecated; shown struck through. */
  readonly tags?: readonly number[];
  readonly range: { readonly start: Position; readonly end: Position };
}

/** From 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: never;
  readonly result?: never;
  readonly error?: { readonly message: string };
}

export class LanguageServer {
  readonly #root = pathToFileURL(process.cwd()).href;
  readonly #server;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #marked = new Map<string, (found: readonly Diagnostic[]) => void>();
  #rest = Buffer.alloc(0);
  #requests = 0;
  /** What it asks for: as in VS Code's settings.json, by section. */
  #settings: Readonly<Record<string, unknown>> = {};

  constructor() {
    const at = dirname(createRequire(import.meta.url).resolve('yaml-language-server/package.json'));
    const program = join(at, 'bin', 'yaml-language-server');
    this.#server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#server.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** `schemas`: the setting `yaml.schemas`, a list of globs by schema. */
  async start(schemas: Readonly<Record<string, readonly string[]>> = {}): Promise<void> {
    const folder = { uri: this.#root, name: 'plans' };
    const textDocument = { hover: {}, completion: { completionItem: {} }, publishDiagnostics: {} };
    const params = { processId: process.pid, rootUri: this.#root, workspaceFolders: [folder] };
    await this.#request('initialize', { ...params, capabilities: { textDocument } });
    this.#send({ method: 'initialized', params: {} });
    // the store of schemas is in the Internet
    const yaml = { validate: true, hover: true, completion: true, schemas, schemaStore: { enable: false } };
    this.#settings = { yaml };
    this.#send({ method: 'workspace/didChangeConfiguration', params: { settings: this.#settings } });
  }

  /** Opens a text as the file at `path`. @returns what is marked in it. */
  open(path: string, text: string): Promise<readonly Diagnostic[]> {
    const uri = this.#uri(path);
    const marked = new Promise<readonly Diagnostic[]>((resolve) => this.#marked.set(uri, resolve));
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    this.#send({ method: 'textDocument/didOpen', params: { textDocument } });
    return marked;
  }

  /** What is shown over a place. */
  async hover(path: string, position: Position): Promise<string> {
    const at = { textDocument: { uri: this.#uri(path) }, position };
    const found = await this.#request<{ contents: { value: string } } | null>('textDocument/hover', at);
    return found?.contents.value ?? '';
  }

  /** What is offered there, by label. */
  async complete(path: string, position: Position): Promise<string[]> {
    const at = { textDocument: { uri: this.#uri(path) }, position };
    const found = await this.#request<{ items: { label: string }[] }>('textDocument/completion', at);
    return found.items.map(({ label }) => label);
  }

  async stop(): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.kill();
    await ended;
  }

  #uri(path: string): string {
    return `${this.#root}/${path}`;
  }

  #request<T>(method: string, params: unknown): Promise<T> {
    const id = ++this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as T);
        else reject(new Error(`${method}: ${error.message}`));
      });
      this.#send({ id, method, params });
    });
  }

  #send(message: object): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.#server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#server.stdin.write(body);
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = this.#rest.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#rest.subarray(0, Math.max(end, 0)).toString())?.[1]);
      if (end < 0 || this.#rest.length < end + 4 + length) return;
      const body = this.#rest.subarray(end + 4, end + 4 + length).toString();
      this.#rest = this.#rest.subarray(end + 4 + length);
      this.#answer(JSON.parse(body));
    }
  }

  #answer({ id, method, params, ...answer }: Message): void {
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as unknown as { uri: string; diagnostics: readonly Diagnostic[] };
      this.#marked.get(uri)?.(diagnostics);
    } else if (method !== undefined && id !== undefined) {
      const { items = [] } = (params ?? {}) as { readonly items?: readonly { readonly section: string }[] };
      const asked = method === 'workspace/configuration';
      this.#send({ id, result: asked ? items.map(({ section }) => this.#settings[section] ?? null) : null });
    } else if (id !== undefined) this.#waiting.get(id)?.(answer);
  }
}
