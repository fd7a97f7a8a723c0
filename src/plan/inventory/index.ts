/**
 * Inventories: the text of a YAML file in, an `Inventory` or a list of problems out, as for plans. Loaded only where there
 * is one: most plans are simulated, and its language would cost each of them a millisecond.
 */
export { INVENTORY } from './language.ts';
export { type InventoryUse, type ParsedInventory, parseInventory } from './parse-inventory.ts';
export { inventorySchema } from './schema.ts';
