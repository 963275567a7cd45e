import { type DocumentNode, parse } from 'graphql';

/** `gql` or `graphql` before a template, as a tag or as a function, with the comment that editors look for. */
const TEMPLATE = /\b(?:gql|graphql)\s*(?:\(\s*)?(?:\/\*\s*GraphQL\s*\*\/\s*)?`((?:[^`\\]|\\[\s\S])*)`/g;
const MARKED = /\/\*\s*GraphQL\s*\*\/\s*`((?:[^`\\]|\\[\s\S])*)`/g;
/** Of a fragment that is defined elsewhere: it is found by its name. */
const INTERPOLATION = /\$\{[^}]*\}/g;
const ESCAPE = /\\([`$\\])/g;

/**
 * The documents in a source file: the whole of a `.graphql` file, else each template that is tagged with `gql`, `graphql`
 * or the comment GraphQL.
 *
 * @throws with the file's name for what is no GraphQL
 */
export function documentsIn(file: string, text: string): readonly DocumentNode[] {
  return textsIn(file, text).map((source) => {
    try {
      return parse(source, { noLocation: true });
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`);
    }
  });
}

function textsIn(file: string, text: string): readonly string[] {
  if (/\.(graphql|gql)$/.test(file)) return [text];
  const found = new Map<number, string>();
  for (const pattern of [TEMPLATE, MARKED]) {
    // Both find the same template by where it ends.
    for (const match of text.matchAll(pattern)) found.set(match.index + match[0].length, match[1] ?? '');
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([, template]) => template.replace(INTERPOLATION, '').replace(ESCAPE, '$1'))
    .filter((source) => source.trim() !== '');
}
