// A checker written outside the package: how many operations may end without anybody knowing how.
export const fewUnknowns = {
  kind: 'checker',
  name: 'few-unknowns',
  summary: 'Limits how many operations may end info: unknown outcomes are work for whoever runs the system.',
  settings: {
    type: 'object',
    properties: {
      most: {
        type: 'integer',
        minimum: 0,
        default: 10,
        description: 'Most operations that may end info.',
        examples: [10],
      },
    },
    additionalProperties: false,
  },
  judges: 'any',
  check(history, { most }) {
    let unknowns = 0;
    let invoked = 0;
    for (const { process, type } of history.ops()) {
      if (process === 'nemesis') continue;
      if (type === 'invoke') invoked++;
      if (type === 'info') unknowns++;
    }
    if (invoked === 0) return { valid: 'unknown', why: 'nothing was invoked', unknowns };
    if (unknowns > most)
      return { valid: false, why: `${unknowns} operations ended info; at most ${most} may`, unknowns };
    return { valid: true, unknowns };
  },
  text: ({ unknowns }) => [`${unknowns} operations of unknown outcome`],
};
