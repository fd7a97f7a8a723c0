/**
 * The Lua scripts that clients have a server run, which does so as one step (https://redis.io/docs/latest/develop/programmability/eval-intro/,
 * "Scripts are atomic"), each with what it does for the model's server, which knows no Lua.
 */

/** A command and its arguments. */
export type Argv = readonly string[];

/** Runs a command within a script. @throws where the server refuses it. */
export type Call = (...argv: string[]) => unknown;

export interface Script {
  readonly lua: string;
  /** The command that runs it. */
  argv(keys: readonly string[], args: readonly string[]): Argv;
  run(call: Call, keys: readonly string[], args: readonly string[]): unknown;
}

/** Compare and set. Answers `[1]`, or `[0, what it holds]`. */
const cas = script(
  `local held = redis.call('GET', KEYS[1])
if held ~= ARGV[1] then return {0, held} end
redis.call('SET', KEYS[1], ARGV[2])
return {1}`,
  (call, [key], [from, to]) => {
    const held = call('GET', key!);
    if (held !== from) return [0, held];
    call('SET', key!, to!);
    return [1];
  },
);

/** Takes a lock that nobody has, for so many milliseconds. Answers the fencing token, or null. */
const acquire = script(
  `if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
return redis.call('INCR', KEYS[2])`,
  (call, [lock, fence], [owner, leaseMs]) =>
    call('SET', lock!, owner!, 'NX', 'PX', leaseMs!) === null ? null : call('INCR', fence!),
);

/** Releases a lock that the owner has. Answers 1, or 0 where it has it not. */
const release = script(
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
  (call, [lock], [owner]) => (call('GET', lock!) === owner ? call('DEL', lock!) : 0),
);

export const SCRIPTS = { cas, acquire, release };

/** The script of that text. @throws where there is none. */
export function scriptOf(lua: string | undefined): Script {
  const found = Object.values(SCRIPTS).find((one) => one.lua === lua);
  if (found === undefined) throw new Error('the model has no such script');
  return found;
}

function script(lua: string, run: Script['run']): Script {
  return { lua, argv: (keys, args) => ['EVAL', lua, `${keys.length}`, ...keys, ...args], run };
}
