import { expect, test } from 'vitest';
import { messages } from '../../../src/workload/messages/index.ts';
import { FAIL, named, play } from '../play.ts';

const of = (client: number, played: ReturnType<typeof play>) => played.filter((op) => op.client === client).map(named);

test('client 0 receives what the others send, each its own messages in order, whatever becomes of them', () => {
  const played = play(messages, { ops: 9 }, { ends: () => FAIL });
  expect(of(0, played)).toEqual(['receive', 'receive', 'receive']);
  expect(of(1, played)).toEqual(['send [1,0]', 'send [1,1]', 'send [1,2]']);
  expect(of(2, played)).toEqual(['send [2,0]', 'send [2,1]', 'send [2,2]']);
  expect(messages.finalReads({ ops: 1 }, [])).toEqual([{ f: 'drain', value: null }]);
});

test('a client alone sends and receives in turn', () => {
  expect(of(0, play(messages, { ops: 4 }, { clients: 1 }))).toEqual(['send [0,0]', 'receive', 'send [0,1]', 'receive']);
});
