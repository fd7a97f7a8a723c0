/** The models, by name. Each call makes one of its own: some remember what they have met. */
import type { Model, ModelOptions } from '../model.ts';
import type { ModelName } from '../settings.ts';
import { appendList } from './append-list.ts';
import { counter } from './counter.ts';
import { keyValue } from './key-value.ts';
import { multiRegister } from './multi-register.ts';
import { mutex, ownedMutex, semaphore } from './mutex.ts';
import { fifoQueue, unorderedQueue } from './queue.ts';
import { register } from './register.ts';
import { set } from './set.ts';

// biome-ignore lint/suspicious/noExplicitAny: a state means nothing outside its model
const MODELS: Record<ModelName, (options: ModelOptions) => Model<any>> = {
  register: (options) => register(options, false),
  'cas-register': (options) => register(options, true),
  'multi-register': multiRegister,
  mutex,
  'owned-mutex': ownedMutex,
  semaphore,
  counter,
  set,
  'fifo-queue': fifoQueue,
  'unordered-queue': unorderedQueue,
  'append-list': appendList,
  'key-value': keyValue,
};

export function makeModel(name: ModelName, options: ModelOptions): Model {
  return MODELS[name](options);
}
