/**
 * What the rooms promise each other: types, and the few pure functions that belong to them. A module written
 * outside the package imports from here (`import ... from 'plan-run'`).
 */
export * from './broken.ts';
export * from './checker.ts';
export * from './client.ts';
export * from './database.ts';
export * from './environment.ts';
export * from './grudge.ts';
export * from './inventory.ts';
export * from './module.ts';
export * from './nemesis.ts';
export * from './node.ts';
export * from './nodes.ts';
export * from './operator.ts';
export * from './registry.ts';
export * from './schema.ts';
export * from './simulation.ts';
export * from './workload.ts';
