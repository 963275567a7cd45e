import { type FieldNode, type GraphQLOutputType, getNullableType } from 'graphql';
import type * as ConditionsModule from '../../../router/engine/conditions.ts';
import type * as MergeModule from '../../../router/engine/fetch/merge.ts';
import type { Raw } from '../../../router/engine/fetch/raw.ts';
import { Sender } from '../../../router/engine/fetch/send.ts';
import { EntityTargets } from '../../../router/engine/fetch/targets.ts';
import type * as EmitModule from '../../../router/engine/shape/emit.ts';
import { Arena } from './arena.ts';
import { parseCaseName } from './case.ts';
import { runCase, runCases, USUAL_RUN } from './run.ts';

/**
 * Goal: the fuzzer notices. Method: a fault is planted in the engine, in one of its functions and for one test, and the
 * same cases as in fuzz.test.ts are run until one of them fails.
 */
const TIMEOUT_MS = 120_000;

const mockPlanted: { fault: string | null } = { fault: null };

jest.mock('../../../router/engine/fetch/merge.ts', () => {
  const actual: typeof MergeModule = jest.requireActual('../../../router/engine/fetch/merge.ts');
  const merge: typeof actual.merge = (target, source, ...rest) => {
    const kept = Object.entries(source).filter(
      ([key, value]) =>
        !(mockPlanted.fault === 'lists' && Array.isArray(value) && Array.isArray(target[key])),
    );
    actual.merge(target, Object.fromEntries(kept) as Raw, ...rest);
  };
  return { ...actual, merge };
});

jest.mock('../../../router/engine/shape/emit.ts', () => {
  const actual: typeof EmitModule = jest.requireActual('../../../router/engine/shape/emit.ts');
  const emitValue: typeof actual.emitValue = (type, ...rest) =>
    actual.emitValue(
      mockPlanted.fault === 'nulls' ? (getNullableType(type) as GraphQLOutputType) : type,
      ...rest,
    );
  return { ...actual, emitValue };
});

jest.mock('../../../router/engine/conditions.ts', () => {
  const actual: typeof ConditionsModule = jest.requireActual('../../../router/engine/conditions.ts');
  const isIncluded: typeof actual.isIncluded = (node, conditions) =>
    actual.isIncluded(
      mockPlanted.fault === 'skip'
        ? ({ ...node, directives: node.directives?.slice(0, 1) } as FieldNode)
        : node,
      conditions,
    );
  return { ...actual, isIncluded };
});

afterEach(() => {
  mockPlanted.fault = null;
  jest.restoreAllMocks();
});

/** Runs cases until one fails, and sees that the same case is right without what was planted. */
async function expectToBeFound(): Promise<void> {
  const { failed } = await runCases({ ...USUAL_RUN, findingsMax: 1 });
  expect(failed).toHaveLength(1);
  mockPlanted.fault = null;
  jest.restoreAllMocks();
  const name = parseCaseName(failed[0] ?? '');
  const arena = await Arena.generate(name);
  try {
    expect(arena && (await runCase(arena, name))).toBeNull();
  } finally {
    await arena?.close();
  }
}

test.each([
  ['lists that two fetches bring are not brought together', 'lists'],
  ['a null is not passed up to where it is allowed', 'nulls'],
  ['of several directives on a selection only the first counts', 'skip'],
])(
  '%s: found',
  async (_, fault) => {
    mockPlanted.fault = fault;
    await expectToBeFound();
  },
  TIMEOUT_MS,
);

test(
  'of equal entities only the first gets the answer: found',
  async () => {
    const { add } = EntityTargets.prototype;
    jest.spyOn(EntityTargets.prototype, 'add').mockImplementation(function (
      this: EntityTargets,
      gathered,
      ...rest
    ) {
      const found = gathered.found.map(({ targets, indexes }) => {
        const isFirst = (_: unknown, at: number) => indexes.indexOf(indexes[at] as number) === at;
        return { targets: targets.filter(isFirst), indexes: indexes.filter(isFirst) };
      });
      add.call(this, { ...gathered, found }, ...rest);
    });
    await expectToBeFound();
  },
  TIMEOUT_MS,
);

test(
  'of equal entities that fail only the first is told: found',
  async () => {
    const { places } = EntityTargets.prototype;
    jest.spyOn(EntityTargets.prototype, 'places').mockImplementation(function (this: EntityTargets, ...args) {
      return new Map([...places.apply(this, args)].map(([index, paths]) => [index, paths.slice(0, 1)]));
    });
    await expectToBeFound();
  },
  TIMEOUT_MS,
);

test(
  'variables that are null are not sent: found',
  async () => {
    const { variablesOf } = Sender.prototype;
    jest.spyOn(Sender.prototype, 'variablesOf').mockImplementation(function (this: Sender, run) {
      return Object.fromEntries(
        Object.entries(variablesOf.call(this, run)).filter(([, value]) => value !== null),
      );
    });
    await expectToBeFound();
  },
  TIMEOUT_MS,
);
