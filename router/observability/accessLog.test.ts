import { OperationTypeNode, parse } from 'graphql';
import { createLogger } from '../../platform/log.ts';
import type { Operation } from '../operation/operation.ts';
import { AccessLog, LINES_PER_SECOND_MAX } from './accessLog.ts';
import { RequestRecord } from './record.ts';

const document = parse('query A { a }');
const operation: Operation = {
  text: 'query A { a }',
  hash: 'f'.repeat(64),
  document,
  definition: document.definitions[0] as Operation['definition'],
  name: 'A'.repeat(200),
  kind: OperationTypeNode.QUERY,
  isIntrospection: false,
  readsSchema: false,
};

function open(level: string): { readonly log: AccessLog; readonly lines: () => Record<string, unknown>[] } {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', level, write: (line) => lines.push(line) });
  return { log: new AccessLog(logger, 100), lines: () => lines.map((line) => JSON.parse(line)) };
}

const untraced = { span: undefined, headers: {} };
const entry = (more: Partial<Parameters<AccessLog['write']>[0]> = {}) => ({
  record: new RequestRecord('r-1', 'http', untraced),
  operation,
  status: 200,
  codes: [],
  ms: 1.234,
  cost: undefined,
  ...more,
});

test('a request that went well is a line only where debug lines are wanted', () => {
  const quiet = open('info');
  quiet.log.write(entry());
  expect(quiet.lines()).toEqual([]);
  const { log, lines } = open('debug');
  const record = new RequestRecord('r-1', 'websocket', untraced);
  for (const [name, ms] of [
    ['a', 1.04],
    ['constructor', 2],
    ['a', 3],
  ] as const)
    record.addFetch(name, ms);
  log.write(entry({ record, cost: { estimated: 3 } }));
  const [line = {}] = lines();
  expect(line).toMatchObject({
    level: 20,
    msg: 'request',
    requestId: 'r-1',
    arrival: 'websocket',
    operation: 'A'.repeat(64),
    hash: 'f'.repeat(16),
    ms: 1.2,
    cost: { estimated: 3 },
  });
  expect(Object.entries(line.subgraphs as object)).toEqual([
    ['a', { fetches: 2, ms: 4 }],
    ['constructor', { fetches: 1, ms: 2 }],
  ]);
});

test.each([
  ['a request was slow', { ms: 100 }],
  ['a request failed', { status: 503 }],
  ['a request failed', { codes: ['FORBIDDEN', 'UNAVAILABLE'] }],
])('%s: it is a warning with %j', (message, more) => {
  const { log, lines } = open('info');
  log.write(entry(more));
  expect(lines()).toMatchObject([{ level: 40, msg: message }]);
});

test('what a client did wrong is no warning', () => {
  const { log, lines } = open('info');
  log.write(entry({ operation: null, status: 400, codes: ['GRAPHQL_PARSE_FAILED'] }));
  expect(lines()).toEqual([]);
});

test('when everything fails, some lines a second say so, and how many were left out', () => {
  jest.useFakeTimers({ now: 1_700_000_000_000 });
  try {
    const { log, lines } = open('info');
    for (let index = 0; index < LINES_PER_SECOND_MAX + 7; index++) log.write(entry({ status: 500 }));
    expect(lines()).toHaveLength(LINES_PER_SECOND_MAX);
    jest.advanceTimersByTime(1_000);
    log.write(entry({ status: 500 }));
    log.write(entry({ status: 500 }));
    const [next, after] = lines().slice(-2);
    expect(next).toHaveProperty('linesLeftOut', 7);
    expect(after).not.toHaveProperty('linesLeftOut');
  } finally {
    jest.useRealTimers();
  }
});
