/** How a node's mongod sees itself and the replica set. */
import type { Node } from '../../contract/index.ts';
import { admin } from './client-admin.ts';

/** Fields of the reply to `hello`. */
export interface Hello {
  readonly isWritablePrimary: boolean;
  readonly secondary?: boolean;
  /** None, as long as it is in no set. */
  readonly setName?: string;
  /** Of the set's configuration. */
  readonly setVersion?: number;
  /** Host and port of the member that it takes for primary. */
  readonly primary?: string;
}

/** Fields of the reply to `replSetGetStatus`. */
export interface SetStatus {
  readonly members: readonly {
    readonly name: string;
    readonly self?: boolean;
    readonly stateStr: string;
    /** 1: it answers heartbeats. */
    readonly health: number;
  }[];
  readonly optimes: {
    /** The last operation that it has: its term, and its time (seconds since 1970 in the upper half). */
    readonly appliedOpTime: { readonly t: number; readonly ts: { readonly t: number } };
  };
}

export interface NodeStatus {
  readonly node: string;
  readonly address: string;
  /** Undefined where it did not answer. */
  readonly hello: Hello | undefined;
  /** Undefined where it did not answer, or is in no set. */
  readonly set: SetStatus | undefined;
}

/** Never throws: what does not answer is undefined. */
export async function statusOf(node: Node): Promise<NodeStatus> {
  const hello = await helloOf(node);
  const set = hello?.setName === undefined ? undefined : await ask<SetStatus>(node, { replSetGetStatus: 1 });
  return { node: node.name, address: node.address, hello, set };
}

/** Undefined where it does not answer. */
export function helloOf(node: Node): Promise<Hello | undefined> {
  return ask<Hello>(node, { hello: 1 });
}

function ask<Reply>(node: Node, command: object): Promise<Reply | undefined> {
  return admin(node, command).then(
    (reply) => reply as Reply,
    () => undefined,
  );
}
