/**
 * Schema fragments that plans share. The `format`s are ours: the plan validator knows what each accepts and
 * how to say it; an editor sees the pattern.
 */
import Type, { type TSchemaOptions } from 'typebox';
import { PATTERNS } from '../base/units.ts';
import { DRAWN_SELECTORS, RUN_SELECTORS } from './nodes.ts';

/** A string such as `250ms`, `15s`, `2m`, `1h`; read it with `durationMs`. */
export function Duration(options: TSchemaOptions = {}) {
  return Type.String({ format: 'duration', pattern: PATTERNS.duration, ...options });
}

/** A string such as `100/s`; read it with `parseRatePerS`. */
export function Rate(options: TSchemaOptions = {}) {
  return Type.String({ format: 'rate', pattern: PATTERNS.rate, ...options });
}

/** A string such as `90%`; read it with `parsePercentage`. */
export function Percentage(options: TSchemaOptions = {}) {
  return Type.String({ format: 'percentage', pattern: PATTERNS.percentage, ...options });
}

/** A node's name or a selector. */
export function NodeName(options: TSchemaOptions = {}) {
  return Type.String({ format: 'node', ...options });
}

/** A node's name, a selector, or `clients`. */
export function Endpoint(options: TSchemaOptions = {}) {
  return Type.String({ format: 'endpoint', ...options });
}

/** What may stand where nodes are named, for an editor's hover. */
const SELECTORS =
  `Names of nodes, or ${Object.keys(DRAWN_SELECTORS).join(', ')} (drawn from the seed), or ` +
  `${Object.keys(RUN_SELECTORS).join(', ')} (found out when the fault begins).`;

/** A node set: one name or selector, or a list of them. `description` says what the set is for. */
export function NodeSet({ description, ...options }: TSchemaOptions & { description: string }) {
  return Type.Union([NodeName(), Type.Array(NodeName(), { minItems: 1 })], {
    description: `${description} ${SELECTORS}`,
    expected: 'a node, a selector such as `minority` or `primary`, or a list of them',
    ...options,
  });
}

/**
 * Checkers within the settings of a checker, as a plan's `checker` names them. They are validated like that block; what a module
 * gets is a map from their names to their settings, with the defaults filled in.
 */
export function CheckerBlock(options: TSchemaOptions & { description: string }) {
  return Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: 'object',
    block: 'checker',
    expected: 'a block that names a checker, or several',
    ...options,
  });
}

/** The settings of a module that has none. */
export const NoSettings = Type.Object({}, { additionalProperties: false });
