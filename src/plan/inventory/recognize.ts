import { isMap, type Values } from '../blocks.ts';

/** Whether a file's top value was meant to be an inventory rather than a plan. */
export function looksLikeInventory(value: unknown): value is Values {
  const has = (key: string) => isMap(value) && Object.hasOwn(value, key);
  return !has('plan') && (has('inventory') || has('hosts'));
}
