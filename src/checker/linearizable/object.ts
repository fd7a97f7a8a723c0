import type { Validity } from '../../contract/index.ts';
import type { Call, Decision, Limits } from './call.ts';
import type { ObjectCalls } from './calls.ts';
import { explain, type Words } from './evidence.ts';
import { decide } from './generic/decide.ts';
import { type Model, type ModelOptions, Odd } from './model.ts';
import { makeModel } from './models/index.ts';
import { decideInOrder } from './queue/drains.ts';
import { decideQueue } from './queue/index.ts';
import { decideRegister } from './register/index.ts';
import type { ModelName } from './settings.ts';

/** One object of a history. Data: it may go to another thread. */
export interface ObjectTask extends ObjectCalls {
  /** Where there are keys. */
  readonly key?: string;
  readonly model: ModelName;
  readonly options: ModelOptions;
}

/** What is known of one object. */
export interface Judged {
  readonly valid: Validity;
  readonly why?: string;
  readonly calls: number;
  readonly configurations: number;
  /** Where it is invalid: the completion that does not fit, and why. */
  readonly failingIndex?: number;
  words?(): Words;
}

export function judgeObject(task: ObjectTask, limits: Limits): Judged {
  const { calls, options } = task;
  const model = makeModel(task.model, options);
  let accepted: Call[];
  try {
    accepted = calls.flatMap((call) => model.accept(call));
  } catch (error) {
    return { valid: 'unknown', why: oddity(error), calls: calls.length, configurations: 0 };
  }
  const decision = decideObject(accepted, model, options, limits);
  const found = { calls: accepted.length, configurations: decision.configurations };
  if (decision.valid === true) return { valid: true, ...found };
  if (decision.valid === 'unknown') return { valid: 'unknown', why: decision.why, ...found };
  const words = () => explain(decision, { ...task, model });
  return { valid: false, ...found, failingIndex: decision.failing.complete, words };
}

/** Registers, and queues of distinct values, have engines of their own, which know more about them. */
function decideObject(calls: readonly Call[], model: Model, { nilRead }: ModelOptions, limits: Limits): Decision {
  switch (model.name) {
    case 'register':
    case 'cas-register':
      return decideRegister(calls, { initial: model.initial, nilRead, cas: model.name === 'cas-register' }, limits);
    case 'fifo-queue':
      return decideInOrder(
        calls,
        (some) => decideQueue(some, model.initial as readonly string[]) ?? decide(some, model, limits),
      );
    default:
      return decide(calls, model, limits);
  }
}

/** @throws what is not Odd. */
export function oddity(error: unknown): string {
  if (error instanceof Odd) return error.message;
  throw error;
}
