/**
 * Program text with the inside of comments, and on request of strings and regular expressions, turned into blanks
 * of the same length: offsets and lines stay, and what is left is code. A scanner of a page and not a parser:
 * TypeScript 7 has no API to ask. What it cannot tell (a division after a bracket, say) it takes for code.
 */
export function blank(text: string, what: 'comments' | 'comments and strings'): string {
  const blankStrings = what === 'comments and strings';
  let out = '';
  let at = 0;
  /** For each template that is open: how many braces are open inside its `${`. */
  const templates: number[] = [];
  const take = (end: number, keep: boolean): void => {
    const part = text.slice(at, end);
    out += keep ? part : part.replace(/[^\n]/g, ' ');
    at = end;
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = two[0] as string;
    if (two === '//') take(endOf(text, '\n', at), false);
    else if (two === '/*') take(endOf(text, '*/', at + 2) + 2, false);
    else if (one === "'" || one === '"') take(stringEnd(text, at + 1, one), !blankStrings);
    else if (one === '/' && startsRegExp(out)) take(regExpEnd(text, at + 1), !blankStrings);
    else if (one === '`' || (one === '}' && templates.at(-1) === 0)) {
      if (one === '}') templates.pop();
      const end = templateEnd(text, at + 1);
      take(end, !blankStrings);
      if (text[end - 1] === '{') templates.push(0);
    } else {
      const open = templates.length - 1;
      if (one === '{' && open >= 0) templates[open] = (templates[open] ?? 0) + 1;
      if (one === '}' && open >= 0) templates[open] = (templates[open] ?? 0) - 1;
      take(at + 1, true);
    }
  }
  return out;
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end === -1 ? text.length : end;
}

/** One past the closing quote, or the end of the line for one that is not closed. */
function stringEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote || text[at] === '\n') return at + 1;
  }
  return text.length;
}

/** One past the closing backtick, or past the brace of the next `${`. */
function templateEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return at + 1;
    else if (text[at] === '$' && text[at + 1] === '{') return at + 2;
  }
  return text.length;
}

/** A slash after an operand divides; after anything else it opens a regular expression. */
function startsRegExp(before: string): boolean {
  const word = /[\w$]+\s*$/.exec(before)?.[0].trim();
  if (word !== undefined) return /^(return|typeof|case|in|of|await)$/.test(word);
  return !/[)\]}.'"`]\s*$/.test(before);
}

function regExpEnd(text: string, from: number): number {
  let isClass = false;
  for (let at = from; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') isClass = true;
    else if (text[at] === ']') isClass = false;
    else if (text[at] === '/' && !isClass) return at + 1;
  }
  return from;
}
