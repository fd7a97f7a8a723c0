/** The inventory's JSON Schema, for editors, as `plan/schema.ts` has the plan's. */
import { forEditors } from '../schema.ts';
import { HOST_ENTRY, HOST_NAME, INVENTORY_KEYS } from './language.ts';

type Json = Record<string, unknown>;

/** Draft-07. It accepts what the validator accepts, up to what only the hosts together can tell, and this machine. */
export function inventorySchema(): Json {
  const { properties, ...rest } = forEditors(INVENTORY_KEYS) as { properties: Record<string, Json> };
  const hosts = {
    ...properties.hosts,
    minProperties: 1,
    propertyNames: forEditors(HOST_NAME),
    additionalProperties: forEditors(HOST_ENTRY),
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    description: 'An inventory of plan-run: the machines behind the nodes of a plan, and how to log in to them.',
    ...rest,
    properties: { ...properties, hosts },
  };
}
