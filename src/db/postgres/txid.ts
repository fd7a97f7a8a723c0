/**
 * The name under which an addition's transaction is written into the table along with its data, so that it can be looked up.
 * An element is added by one transaction at most, whoever tries how often.
 */
export function txidOf(element: number): string {
  return `add ${element}`;
}

/** Which element it is about: for the trace, the server need not know. */
export function elementOf(txid: string): number {
  return Number(txid.slice('add '.length));
}
