/*
 * The machines that nodes run on, as an inventory file describes them: defaults filled in, paths absolute. Secrets are
 * `${env:NAME}` until an environment is opened with it: that one has the values, and must show them nowhere.
 */

/** How to log in to a machine. */
export interface Login {
  /** A name or an address, as SSH connects to it. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute path of a private key. */
  readonly key?: string;
  /** Of the key; a secret. */
  readonly passphrase?: string;
  /** Whether to ask the agent behind SSH_AUTH_SOCK. */
  readonly agent: boolean;
  /** A secret. */
  readonly password?: string;
  /** Absolute path of the file with the keys of known hosts, as ssh(1) keeps it; false: any key is accepted. */
  readonly knownHosts: string | false;
}

export interface InventoryHost extends Login {
  /** The node's name, as plans use it. */
  readonly node: string;
  /** How the user becomes root: not at all, by sudo(8) without a password, or with this one, a secret. */
  readonly sudo: false | true | { readonly password: string };
  /** The machine through which alone this one can be reached. */
  readonly jump?: Login;
  /** The network interface that faces the other nodes; default: the one that `address` is on. */
  readonly interface?: string;
  /** IPv4 address at which nodes and clients reach it; default: that of `interface`, else that of `host`. */
  readonly address?: string;
}

export interface Inventory {
  /** As it was given. */
  readonly file: string;
  /** In the order of the file. */
  readonly hosts: readonly InventoryHost[];
  /** IPv4 addresses of this machine from which clients come, in the order of the nodes; empty: the one that the nodes see. */
  readonly clients: readonly string[];
  /** After so long a silence of the run a node undoes every fault by itself. */
  readonly leaseMs: number;
  /** Where a node's directory is made, on the node; absolute. */
  readonly dir: string;
}
