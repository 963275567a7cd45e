import { blank } from './scan.ts';
import { isTest, lineAt, sourcesOf, type Tree } from './tree.ts';

const FILE_LINES_MAX = 300;
/** A test file is a list of cases, read one at a time. */
const TEST_FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

/** Files that are longer, with the length they may not go beyond. Lines here are lowered or taken out, never raised or added. */
const LONG_FILES: Readonly<Record<string, number>> = {};

/** Rule: a file is one noun or one verb, which fits into 300 lines. */
export function longFiles(tree: Tree, exceptions = LONG_FILES): readonly string[] {
  const gone = Object.keys(exceptions).filter((path) => !tree.has(path));
  return [
    ...gone.map((path) => `${path} is gone: take it out of the exceptions`),
    ...sourcesOf(tree).flatMap(([path, text]) => {
      const lines = text.split('\n').length - 1;
      const limit = isTest(path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
      const exception = exceptions[path];
      if (exception !== undefined && lines <= limit)
        return [`${path} has ${lines} lines: take it out of the exceptions`];
      const max = exception ?? limit;
      return lines > max ? [`${path} has ${lines} lines, at most ${max}`] : [];
    }),
  ];
}

/** Rule: a function fits on a screen. In tests, where `describe` holds other functions, only helpers outside test files count. */
export function longFunctions(tree: Tree): readonly string[] {
  return sourcesOf(tree)
    .filter(([path]) => !/\.test\.tsx?$/.test(path))
    .flatMap(([path, text]) => {
      const code = blank(text, 'comments and strings');
      return bodyStarts(code).flatMap(([start, open]) => {
        const first = lineAt(code, start);
        const lines = lineAt(code, closingOf(code, open)) - first + 1;
        return lines > FUNCTION_LINES_MAX
          ? [`${path}:${first}: a function of ${lines} lines, at most ${FUNCTION_LINES_MAX}`]
          : [];
      });
    });
}

const ARROW_PATTERN = /=>\s*\{/g;
const NAMED_PATTERN = /(?:\bfunction\b\s*\*?\s*[\w$]*|^[ \t]+(?:[a-z]+[ \t]+)*[#\w$]+)\s*(?:<[^(){}]*>)?\(/gm;
const STATEMENT_PATTERN = /\b(if|for|while|switch|catch|with|return|await|new|throw|typeof)\b/;

/** Where each function begins, and the brace that opens its body. */
function bodyStarts(code: string): readonly (readonly [start: number, open: number])[] {
  const arrows = [...code.matchAll(ARROW_PATTERN)].map((match) => {
    const open = match.index + match[0].length - 1;
    return [match.index, open] as const;
  });
  const named = [...code.matchAll(NAMED_PATTERN)].flatMap((match) => {
    if (STATEMENT_PATTERN.test(match[0])) return [];
    const open = bodyAfter(code, closingOf(code, match.index + match[0].length - 1) + 1);
    return open === null ? [] : [[match.index, open] as const];
  });
  return [...arrows, ...named];
}

/** The brace that opens a body after a parameter list, past a return type; null for a call or a signature. */
function bodyAfter(code: string, from: number): number | null {
  let at = from;
  const colon = /^\s*:/.exec(code.slice(at, at + 200));
  if (colon) at += colon[0].length;
  for (let isType = colon !== null; at < code.length; at++) {
    const one = code[at] as string;
    if (/\s/.test(one)) continue;
    if (one === '{' && !isType) return at;
    if (colon === null || /[;,)=]/.test(one)) return null;
    if (/[({[<]/.test(one)) at = closingOf(code, at);
    isType = /[|&]/.test(one);
  }
  return null;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']', '<': '>' };

/** The bracket that closes the one at `open`, or the end of the text. */
function closingOf(code: string, open: number): number {
  const opening = code[open] as string;
  const closing = CLOSING[opening];
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === opening) depth++;
    if (code[at] === closing && code[at - 1] !== '=' && --depth === 0) return at;
  }
  return code.length;
}
