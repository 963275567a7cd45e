import type { XmlDocument, XmlElement } from './element.ts';

/** Everything that would end a text or an attribute, or change under way. Other control characters are no XML at all. */
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};
const ESCAPED = /[&<>"\r]/g;

/** The document in UTF-8, one element a line. Its structure was checked before: names and characters are those of XML. */
export function writeXml({ namespace, root }: XmlDocument): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  write({ ...root, attributes: { xmlns: namespace, ...root.attributes } }, '', lines);
  return `${lines.join('\n')}\n`;
}

function write({ name, attributes, children, text }: XmlElement, indent: string, lines: string[]): void {
  const names = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const start = `${indent}<${name}${names.join('')}>`;
  if (children.length === 0) {
    lines.push(`${start}${escaped(text)}</${name}>`);
    return;
  }
  lines.push(start);
  for (const child of children) write(child, `${indent}  `, lines);
  lines.push(`${indent}</${name}>`);
}

function escaped(text: string): string {
  return text.replace(ESCAPED, (letter) => ESCAPES[letter] ?? letter);
}
