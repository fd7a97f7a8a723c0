// A simulated database written outside the package, whose model breaks its own invariant in the second second.
export const broken = {
  kind: 'database',
  name: 'broken',
  summary: 'A set in memory that stops believing in itself.',
  settings: { type: 'object', properties: {}, additionalProperties: false },
  workloads: ['set'],
  abilities: [],
  requires: [],

  async model() {
    const boot = (process) =>
      process.after(2000, () => {
        throw new Error('two leaders in one epoch');
      });
    const connect = async (host) => ({
      async invoke() {
        await host.sleep(1);
        return { type: 'ok', value: [] };
      },
      close() {},
    });
    return { programs: [{ name: 'server', boot }], ready: () => undefined, primaries: () => [], connect };
  },
};
