import Type from 'typebox';
import type { CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import { brief } from '../values.ts';
import { type Delivered, type Misordered, survey } from './survey.ts';

const settings = Type.Object(
  {
    guarantee: Type.Enum(['at-least-once', 'exactly-once', 'at-most-once'], {
      description:
        'How often a message comes. at-least-once: what was acknowledged is not lost; at-most-once: nothing comes twice; exactly-once: both.',
      strictness: [
        ['at-least-once', 'exactly-once'],
        ['at-most-once', 'exactly-once'],
      ],
      default: 'at-least-once',
      examples: ['exactly-once'],
    }),
    order: Type.Enum(['none', 'sender'], {
      description:
        'sender: each receiver gets the messages of a sender in the order in which they were sent; one that was not acknowledged when the next was sent may come before or after it.',
      strictness: [['none', 'sender']],
      default: 'none',
      examples: ['sender'],
    }),
    redelivers: Type.Boolean({
      description:
        'Whether the database gives again what a receive without an answer may have taken (receivers acknowledge). Then what never came is lost, where a drain asked again afterwards; else such a receive may have taken it, and the verdict is unknown.',
      default: false,
      examples: [true],
    }),
  },
  { additionalProperties: false },
);

/** Messages that a result names. */
const NAMED = 1000;

/**
 * Messages between people who share a mailbox: `send` `[sender, n]`, n = 0, 1, ... of each sender; `receive` and `drain` (the rest, at the end), when
 * ok, have a list of them in the order in which that receiver got them. A message is delivered when any receiver has it. The guarantees are those
 * of the field (Apache Kafka's documentation, Message Delivery Semantics). Whatever is promised, nothing comes that nobody sent, or
 * whose send had failed, or before it was sent. Order is that of first deliveries: one that comes again has no place in it. A message is out of
 * order where the receiver had got one before it that was sent after it had been acknowledged: a send without an answer may take effect at any later time.
 *
 * Result: counts `sent`, `acknowledged`, `delivered`, `lost` (acknowledged, never delivered), `duplicated` (came more often than it was sent),
 * `invented`, `recovered` (never acknowledged, yet delivered), `out_of_order`, of each the first 1,000 (`lost_messages`, ...); `unanswered` receives.
 * Lost is only what a drain, invoked after the last acknowledgement, has not brought. Some 100 bytes a message.
 */
export const delivery: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'delivery',
  summary: 'Acknowledged messages are delivered: at least once, exactly once or at most once, and in order per sender.',
  settings,
  judges: ['messages'],
  check(history, { guarantee, order, redelivers }: Settings<typeof settings>): CheckerResult {
    const found = survey(history);
    if (found.odd !== undefined) return { valid: 'unknown', why: found.odd };
    const { lost, invented, duplicated, recovered, misordered } = found;
    const { sent, acknowledged, delivered, unanswered } = found;
    const doubt = guarantee === 'at-most-once' || lost.length === 0 ? undefined : doubtOf(found, redelivers);
    const wrong = [
      guarantee !== 'at-most-once' &&
        lost.length > 0 &&
        doubt === undefined &&
        `${lost.length} acknowledged messages were never delivered`,
      invented.length > 0 && `${invented.length} messages came that nobody had sent`,
      guarantee !== 'at-least-once' && duplicated.length > 0 && `${duplicated.length} messages came more than once`,
      order === 'sender' &&
        misordered.length > 0 &&
        `${misordered.length} messages came out of order: ${told(misordered[0] as Misordered)}`,
    ].filter((words) => words !== false);
    const nothing =
      sent === 0
        ? 'nothing was sent'
        : delivered > 0
          ? undefined
          : acknowledged === 0
            ? 'nothing was acknowledged or received'
            : guarantee === 'at-most-once'
              ? 'nothing was received'
              : undefined;
    const why = wrong.length > 0 ? wrong.join('; ') : (doubt ?? nothing);
    return {
      ...(why === undefined ? { valid: true } : { valid: wrong.length > 0 ? false : 'unknown', why }),
      sent,
      acknowledged,
      delivered,
      ...listing('lost', lost),
      ...listing('duplicated', duplicated),
      ...listing('invented', invented),
      ...listing('recovered', recovered),
      out_of_order: misordered.length,
      ...(misordered.length > 0 && { out_of_order_messages: misordered.slice(0, NAMED) }),
      unanswered,
    };
  },
  text(result) {
    if (result.sent === undefined) return [];
    const list = (name: string, words: string) => {
      const named = (result[`${name}_messages`] ?? []) as unknown[];
      const more = (result[name] as number) > 5 ? ' ...' : '';
      return result[name] === 0 ? [] : [`${result[name]} ${words}: ${named.slice(0, 5).map(brief).join(' ')}${more}`];
    };
    const [misordered] = (result.out_of_order_messages ?? []) as Misordered[];
    return [
      `${result.sent} sent, ${result.acknowledged} acknowledged, ${result.delivered} delivered`,
      ...list('lost', 'acknowledged, never delivered'),
      ...list('duplicated', 'more than once'),
      ...list('invented', 'that nobody had sent'),
      ...list('recovered', 'unacknowledged, yet delivered'),
      ...(misordered === undefined ? [] : [`${result.out_of_order} out of order; the first: ${told(misordered)}`]),
    ];
  },
};

function listing(name: string, messages: readonly unknown[]) {
  return { [name]: messages.length, ...(messages.length > 0 && { [`${name}_messages`]: messages.slice(0, NAMED) }) };
}

/** Why what did not come need not be lost. */
function doubtOf(
  { lost, drainedAt, acknowledgedAt, unanswered, unansweredUntil }: Delivered,
  redelivers: boolean,
): string | undefined {
  const missing = `${lost.length} acknowledged messages were never delivered`;
  if (drainedAt < acknowledgedAt)
    return `${missing}, but no drain ended ok after the last acknowledgement: they may still come`;
  // What is given again must have been asked for again.
  if (unanswered === 0 || (redelivers && unansweredUntil < drainedAt)) return undefined;
  return `${missing}, but ${unanswered} receives without an answer may have taken them`;
}

function told({ index, receiver, message, after }: Misordered): string {
  return `receiver ${receiver} got ${brief(message)} after ${brief(after)} (operation ${index})`;
}
