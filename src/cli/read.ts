import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { PLAN_SIZE_MAX_BYTES } from '../plan/index.ts';

/** Pipes that are open already and will end, such as the shell's `<(...)`; any other may be waited for in vain. */
const OPEN_PIPE = /^\/dev\/(stdin|fd\/\d+)$/;

/**
 * The bytes of a plan's file: all, or one more than a plan may have, so that devices without an end and files of
 * many gigabytes cost nothing.
 * @throws what the file system said, or that it is no file.
 */
export function readPlanFile(file: string): Uint8Array {
  const is = statSync(file);
  if (!is.isFile() && !is.isDirectory() && !OPEN_PIPE.test(file)) {
    throw new Error('it is a pipe, a socket or a device, not a file');
  }
  const bytes = Buffer.alloc(PLAN_SIZE_MAX_BYTES + 1);
  const descriptor = openSync(file, 'r');
  try {
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
