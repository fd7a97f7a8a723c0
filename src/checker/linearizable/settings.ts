import Type from 'typebox';
import { Duration, type Settings } from '../../contract/index.ts';

export const MODEL_NAMES = [
  ...(['register', 'cas-register', 'multi-register', 'mutex', 'owned-mutex', 'semaphore', 'counter', 'set'] as const),
  ...(['fifo-queue', 'unordered-queue', 'append-list', 'key-value'] as const),
] as const;

export type ModelName = (typeof MODEL_NAMES)[number];

export const settings = Type.Object(
  {
    model: Type.Optional(
      Type.Enum([...MODEL_NAMES], {
        description:
          'What the operations are done to: what each does, and what it may answer. Without it the operations decide, where they leave no doubt.',
        examples: ['cas-register'],
      }),
    ),
    initial: Type.Optional(
      Type.Unknown({
        description:
          'The state it begins in, as JSON: a value, a list of elements, `free` or `held`, or a value per register. Without it a register begins as null, a counter as 0, a text as "", all else empty or free.',
        examples: [0],
      }),
    ),
    nil_read: Type.Enum(['absent', 'unknown'], {
      description: 'What a read of null that ended ok says: that nothing is there, or nothing at all.',
      strictness: [['unknown', 'absent']],
      default: 'absent',
      examples: ['unknown'],
    }),
    unobserved: Type.Enum(['unknown', 'valid'], {
      description:
        'The verdict where no operation ended ok, so that nothing was observed. By the definition, and for Knossos, that is valid.',
      strictness: [['valid', 'unknown']],
      default: 'unknown',
      examples: ['valid'],
    }),
    keys: Type.Enum(['auto', 'none', 'each'], {
      description:
        'Whether values are [key, value], and each key is an object of its own. auto: where every operation has such a value.',
      default: 'auto',
      examples: ['each'],
    }),
    reentrant: Type.Boolean({
      description: 'owned-mutex: whether the process that holds the lock may acquire it again.',
      strictness: 'falls',
      default: false,
      examples: [true],
    }),
    permits: Type.Integer({
      description: 'semaphore: how many may hold it at a time.',
      minimum: 1,
      strictness: 'falls',
      default: 1,
      examples: [2],
    }),
    time_limit: Duration({
      description: 'How long the search may take, over all keys. Then the verdict is unknown.',
      default: '60s',
      examples: ['5m'],
    }),
    memory_limit: Type.String({
      description: 'How much memory its configurations may take. Then the verdict is unknown.',
      pattern: '^[1-9]\\d{0,4} ?(MB|GB)$',
      expected: 'a size such as 500 MB or 2 GB',
      default: '1 GB',
      examples: ['4 GB'],
    }),
  },
  { additionalProperties: false },
);

export type LinearizableSettings = Settings<typeof settings>;

/** Bytes of a size such as `500 MB`: units of a thousand, as memory is counted here. */
export function sizeBytes(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith('GB') ? 1e9 : 1e6);
}
