import { createContext, Script } from 'node:vm';
import { parseSync } from '@swc/core';
import { projectRoot } from '../../platform/paths.ts';
import { isTest, readTree, sourcesOf } from '../tidy/tree.ts';

/**
 * Attack 18: a regular expression that goes over a text again and again. Each of ours gets texts that such ones choke on,
 * and has to be done with each at once.
 */
const LENGTH = 200_000;
/** What nodes say of an error is cut before it is looked at (MESSAGE_LENGTH_MAX of httpRpc.ts). */
const SHORT_LENGTH = 1_000;
const SHORT = /^rails\/onchain\/rpc\/(broadcastOutcome|endpointFault)\.ts$/;
/** One step for each character is some hundreds of microseconds, one for each pair of them many seconds. */
const GUARD_MS = 1_000;
/**
 * What takes the guard's time for a long text takes a hundredth of it for one of a tenth. So long texts are made only from
 * those that take half of that, which few do: short ones in groups cost a tenth, and a clock for each is dearer than its search.
 */
const SCREEN_LENGTH = LENGTH / 10;
const SCREEN_MS = GUARD_MS / 200;
const SCREEN_GROUP = 16;
const SERVED = /^(platform|ledger|rails|subgraphs|router)\//;

/** Those that may take longer, because what they get is never long, or never a client's. */
const NEVER_LONG: Readonly<Record<string, string>> = {
  '\\.?0+$': 'an amount, which has been found to have at most 64 characters',
  '\\uFFFD+$': 'the reason of a close frame, which has at most 123 bytes',
  '^\\s*(\\w+)[\\s\\S]*?\\b(?:from|into|update)\\s+("?\\w+"?(?:\\."?\\w+"?)?)': 'a statement of ours',
  '^\\s*([^=]+?)\\s*=\\s*(.*?)\\s*$': 'a setting of the deployment',
  '\\/+$': 'a setting of the deployment',
  '0+$': 'the fraction of a sum of ours, which has as many digits as its scale',
  '^([+-]?)0*([0-9]*)(?:\\.([0-9]*?)0*)?$':
    'a number of a document, which has been found to have at most 40 characters',
};

interface Found {
  readonly path: string;
  readonly pattern: string;
  readonly flags: string;
}

function* regexesIn(path: string, node: unknown): Generator<Found> {
  if (typeof node !== 'object' || node === null) return;
  const { type, pattern, flags } = node as Record<string, unknown>;
  if (type === 'RegExpLiteral') yield { path, pattern: String(pattern), flags: String(flags) };
  for (const child of Object.values(node)) yield* regexesIn(path, child);
}

function listRegexes(): readonly Found[] {
  const sources = sourcesOf(readTree(projectRoot)).filter(([path]) => SERVED.test(path) && !isTest(path));
  return sources.flatMap(([path, text]) => [...regexesIn(path, parseSync(text, { syntax: 'typescript' }))]);
}

/** Literal text of the pattern, and what stands for its classes, again and again, with an end that fits nothing. */
function textsFor(pattern: string, length: number): readonly string[] {
  const plain = pattern.replace(/\\u([0-9A-F]{4})/g, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const words =
    plain.replace(/\\[a-zA-Z]|\[[^\]]*\]|\{[^}]*\}/g, ' ').match(/[\w:/@"=\u0080-\uffff-]+/g) ?? [];
  const units = new Set([
    'a',
    '0',
    '1',
    ' ',
    '\t',
    '\n',
    '-',
    '_',
    '.',
    '/',
    ':',
    '@',
    '"',
    '\\',
    'a-',
    'a.',
    '0.',
  ]);
  for (const word of words) for (const end of ['', '-', '.', ' ', ':']) units.add(word + end);
  const texts: string[] = [];
  for (const start of ['', ...words, `${words[0] ?? ''}1.`]) {
    for (const unit of units) {
      const pumped = unit.repeat(Math.ceil(length / unit.length));
      texts.push(`${start}${pumped}\u0001`, `${start}${pumped}`);
    }
  }
  return texts;
}

/** Replaces all, so that each place of each text is tried. */
const SEARCH = new Script('for (const text of texts) text.replace(regex, "")');

function isLinear({ path, pattern, flags }: Found): boolean {
  const global = { regex: new RegExp(pattern, flags), texts: [] as readonly string[] };
  const context = createContext(global);
  const isDoneWithin = (timeout: number, texts: readonly string[]): boolean => {
    global.texts = texts;
    try {
      // Ended from outside, because one that has gone astray would keep this very process.
      SEARCH.runInContext(context, { timeout });
      return true;
    } catch {
      return false;
    }
  };
  const length = SHORT.test(path) ? SHORT_LENGTH : LENGTH;
  const screened = textsFor(pattern, Math.min(length, SCREEN_LENGTH));
  const long = textsFor(pattern, length);
  for (let from = 0; from < screened.length; from += SCREEN_GROUP) {
    const to = from + SCREEN_GROUP;
    if (isDoneWithin(SCREEN_MS, screened.slice(from, to))) continue;
    if (!long.slice(from, to).every((text) => isDoneWithin(GUARD_MS, [text]))) return false;
  }
  return true;
}

test('attack 18: no regular expression that meets a client’s text goes over it again and again', () => {
  const all = listRegexes();
  expect(all.length).toBeGreaterThan(30);
  const slow = all.filter((found) => !isLinear(found));
  expect(slow.map(({ path, pattern }) => [path, NEVER_LONG[pattern] ?? pattern])).toEqual(
    slow.map(({ path, pattern }) => [path, NEVER_LONG[pattern] ?? 'to be linear']),
  );
  // What is not there any more, or has become linear, needs no reason.
  expect(slow.map(({ pattern }) => pattern).sort()).toEqual(Object.keys(NEVER_LONG).sort());
}, 120_000);

test.each(['^(a+)+$', '\\s+$', '\\beyJ[\\w-]+\\.[\\w-]+', '(\\b[a-z][a-z0-9+.-]*:\\/\\/)'])(
  'one that does is found out: %s',
  (pattern) => {
    expect(isLinear({ path: 'router/any.ts', pattern, flags: 'g' })).toBe(false);
  },
);
