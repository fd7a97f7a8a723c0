import { type History, pairs } from '../../history/index.ts';
import { Numbers } from '../numbers.ts';
import { brief, Numbered } from '../values.ts';

export type Message = readonly [sender: unknown, n: number];

export interface Misordered {
  /** Of the receive's completion. */
  readonly index: number;
  /** The process that received it. */
  readonly receiver: number;
  readonly message: Message;
  /** One that the same sender had sent when this one was acknowledged, and that the receiver had got before it. */
  readonly after: Message;
}

/** What was sent and what came, gathered in one pass. */
export interface Delivered {
  /** Distinct messages. */
  readonly sent: number;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly lost: readonly Message[];
  readonly invented: readonly Message[];
  readonly duplicated: readonly Message[];
  readonly recovered: readonly Message[];
  readonly misordered: readonly Misordered[];
  /** Receives and drains without an answer, and the index at which the last of them was given up; -1: none was. */
  readonly unanswered: number;
  readonly unansweredUntil: number;
  /** Indices: where the last drain that ended ok was invoked, where the last send was acknowledged; -1: none. */
  readonly drainedAt: number;
  readonly acknowledgedAt: number;
  readonly odd: string | undefined;
}

export function survey(history: History): Delivered {
  const senders = new Numbered();
  const messages = new Numbered();
  /** Per message: sends that did not fail, deliveries; where it was first sent, first acknowledged, where it first came. */
  const sends = new Numbers();
  const came = new Numbers();
  const sentAt = new Numbers();
  const ackedAt = new Numbers();
  const cameAt = new Numbers();
  /** The first deliveries, in their order: what, and to whom. */
  const first = { message: new Numbers(), receiver: new Numbers() };
  let unanswered = 0;
  let unansweredUntil = -1;
  let drainedAt = -1;
  let acknowledgedAt = -1;
  let odd: string | undefined;

  const numberOf = ([sender, n]: Message): number => {
    const number = messages.add(senders.add(sender) * 2 ** 32 + n);
    if (number === sends.length) {
      for (const counts of [sends, came]) counts.push(0);
      for (const places of [sentAt, ackedAt, cameAt]) places.push(Number.POSITIVE_INFINITY);
    }
    return number;
  };
  const messageOf = (number: number): Message => {
    const message = messages.value(number) as number;
    return [senders.value(Math.floor(message / 2 ** 32)), message % 2 ** 32];
  };
  const deliver = (message: Message, receiver: number, index: number) => {
    const number = numberOf(message);
    came.set(number, came.at(number) + 1);
    if (came.at(number) > 1) return;
    cameAt.set(number, index);
    first.message.push(number);
    first.receiver.push(receiver);
  };

  for (const { invoke, completion } of pairs(history)) {
    const type = completion?.type ?? 'info';
    if (invoke.f === 'send') {
      if (!isMessage(invoke.value)) {
        odd ??= `the value of send ${invoke.index} is not [sender, n]: ${brief(invoke.value)}`;
        continue;
      }
      const number = numberOf(invoke.value);
      if (type === 'fail') continue;
      sends.set(number, sends.at(number) + 1);
      sentAt.set(number, Math.min(sentAt.at(number), invoke.index));
      if (completion?.type !== 'ok') continue;
      ackedAt.set(number, Math.min(ackedAt.at(number), completion.index));
      acknowledgedAt = completion.index;
    } else if (invoke.f === 'receive' || invoke.f === 'drain') {
      if (type === 'info') {
        unanswered++;
        unansweredUntil = Math.max(unansweredUntil, completion?.index ?? Number.POSITIVE_INFINITY);
      }
      if (completion?.type !== 'ok') continue;
      const { index, value, process } = completion;
      if (invoke.f === 'drain') drainedAt = Math.max(drainedAt, invoke.index);
      if (!Array.isArray(value) || !value.every(isMessage)) {
        odd ??= `the value of ${invoke.f} ${index} is not a list of [sender, n]: ${brief(value)}`;
        continue;
      }
      for (const message of value) deliver(message, process as number, index);
    }
  }

  const lists = {
    lost: [] as Message[],
    invented: [] as Message[],
    duplicated: [] as Message[],
    recovered: [] as Message[],
  };
  const counts = { sent: 0, acknowledged: 0, delivered: 0 };
  for (let number = 0; number < sends.length; number++) {
    const [tries, sure, times] = [sends.at(number), ackedAt.at(number) < Number.POSITIVE_INFINITY, came.at(number)];
    const invented = times > 0 && (tries === 0 || cameAt.at(number) < sentAt.at(number));
    if (tries > 0) counts.sent++;
    if (sure) counts.acknowledged++;
    if (times > 0) counts.delivered++;
    if (sure && times === 0) lists.lost.push(messageOf(number));
    if (invented) lists.invented.push(messageOf(number));
    if (times > Math.max(tries, 1)) lists.duplicated.push(messageOf(number));
    if (!invented && !sure && times > 0) lists.recovered.push(messageOf(number));
  }
  return { ...counts, ...lists, misordered: misordered(), unanswered, unansweredUntil, drainedAt, acknowledgedAt, odd };

  /** Per receiver and sender it is enough to know, of what has come, the one that was sent last. */
  function misordered(): Misordered[] {
    const latest = new Map<number, Map<number, number>>();
    const found: Misordered[] = [];
    for (let i = 0; i < first.message.length; i++) {
      const [number, receiver] = [first.message.at(i), first.receiver.at(i)];
      if (sends.at(number) === 0) continue;
      const got = latest.get(receiver) ?? new Map<number, number>();
      latest.set(receiver, got);
      const sender = Math.floor((messages.value(number) as number) / 2 ** 32);
      const last = got.get(sender);
      if (last !== undefined && ackedAt.at(number) < sentAt.at(last))
        found.push({ index: cameAt.at(number), receiver, message: messageOf(number), after: messageOf(last) });
      if (last === undefined || sentAt.at(last) < sentAt.at(number)) got.set(sender, number);
    }
    return found;
  }
}

function isMessage(value: unknown): value is Message {
  const n = Array.isArray(value) && value.length === 2 ? value[1] : undefined;
  return Number.isInteger(n) && n >= 0 && n < 2 ** 32;
}
