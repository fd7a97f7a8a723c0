// A simulated database written outside the package, for the tests of sweeps: it loses, and misbehaves, by chance.

const permille = (description) => ({ type: 'integer', minimum: 0, maximum: 1000, default: 0, description });

export const lossy = {
  kind: 'database',
  name: 'lossy',
  summary: 'A set in memory that loses what it has acknowledged.',
  settings: {
    type: 'object',
    properties: {
      loss: permille('Of a thousand acknowledged writes, so many are not there.'),
      doubt: permille('Of a thousand writes, so many are there though nobody knows.'),
      exit: permille('Of a thousand runs, so many end the process.'),
      hang: permille('Of a thousand runs, so many wait for what never comes.'),
      throws: permille('Of a thousand runs, so many end with an exception that nobody catches.'),
      latency: { type: 'integer', minimum: 1, default: 1, description: 'Milliseconds a write takes at least.' },
      tags: { type: 'array', items: { type: 'string' }, default: [], description: 'Nothing.' },
    },
    additionalProperties: false,
  },
  workloads: ['set'],
  abilities: [],
  requires: [],

  async model({ settings }) {
    const elements = new Set();
    return {
      programs: [],
      ready: () => undefined,
      primaries: () => [],
      async connect(host) {
        const drawn = (name) => host.rng.int(1, 1000) <= settings[name];
        if (host.seat.client === 0) {
          console.log('a module prints');
          if (drawn('exit')) process.exit(3);
          if (drawn('hang')) await new Promise(() => {});
          if (drawn('throws')) setImmediate(() => JSON.parse('thrown in a module'));
        }
        return {
          async invoke({ f, value }) {
            await host.sleep(settings.latency + host.rng.int(0, 4));
            if (f === 'read') return { type: 'ok', value: [...elements] };
            if (drawn('doubt')) {
              elements.add(value);
              return { type: 'info', error: 'who knows' };
            }
            if (!drawn('loss')) elements.add(value);
            return { type: 'ok' };
          },
          close() {},
        };
      },
    };
  },
};
