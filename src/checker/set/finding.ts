import type { CheckerResult } from '../../contract/index.ts';

/**
 * What the set checker found. Counts are numbers, elements compact text (`0..5 9`, see ranges.ts), rates 0 where
 * the denominator is. Scripts read these names: they are a contract. From `survivors` on, a field is there only
 * where there was a final read.
 */
export interface SetFinding extends CheckerResult {
  /** Distinct elements whose add was invoked. */
  readonly attempted: number;
  /** Of these, those with an add that ended ok, or of which a verify found that it happened. */
  readonly acknowledged: number;
  /** Of the others, those of which nobody knows: an add ended info, or never, and nobody found out what became of it. */
  readonly unknown: number;
  /** acknowledged / attempted. */
  readonly ack_rate: number;
  /** Attempted elements in the final read. */
  readonly survivors?: number;
  /** Acknowledged, but not in the final read. */
  readonly lost?: number;
  /** Never acknowledged, yet in the final read. */
  readonly recovered?: number;
  /** In the final read, but never attempted. */
  readonly unexpected?: number;
  /** More than once in the final read. */
  readonly duplicated?: number;
  /** In the final read, though it is said that nothing happened: every add ended `fail`, or a verify found that it had not. */
  readonly failed_but_present?: number;
  /** lost / acknowledged. */
  readonly loss_rate?: number;
  /** recovered / acknowledged, as in the articles. */
  readonly recovered_rate?: number;
  readonly lost_elements?: string;
  readonly recovered_elements?: string;
  readonly unexpected_elements?: string;
  readonly duplicated_elements?: string;
  readonly failed_but_present_elements?: string;
  /** Index of the operation that was the final read. */
  readonly final_read?: number;
  /** Where nodes were read one by one: each against the final read. */
  readonly nodes?: Readonly<Record<string, NodeFinding>>;
}

/** One node's own set against the final read. */
export interface NodeFinding {
  /** Attempted elements that it has. */
  readonly survivors: number;
  /** In the final read, but not on the node. */
  readonly missing: number;
  /** On the node, but not in the final read. */
  readonly extra: number;
  readonly missing_elements: string;
  readonly extra_elements: string;
}
