import type { DocumentNode } from 'graphql';
import { Lru } from '../../platform/lru.ts';
import { KEPT_DOCUMENT_LENGTH_MAX } from '../config.ts';
import type { TransportRequest } from './port.ts';

const TEXTS_MAX = 1_000;

interface Head {
  readonly query: string;
  readonly head: string;
}

/** Plans hold their documents, so what is made of them lives as long as the plan. */
const headsByDocument = new WeakMap<DocumentNode, Head>();
const headsByText = new Lru<string, string>(TEXTS_MAX);

/** The body of a request, by "GraphQL over HTTP". Only the variables, and the event if any, are written for each call. */
export function encodeBody(request: TransportRequest): string {
  const { variables, operationName, event } = request;
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
  const extensions = event === undefined ? '' : `,"extensions":{"event":${JSON.stringify(event)}}`;
  return `${headOf(request)}${JSON.stringify(variables)}${name}${extensions}}`;
}

function headOf({ query, document }: TransportRequest): string {
  if (document === undefined) return headOfText(query);
  const known = headsByDocument.get(document);
  // The same tree may stand for two texts that differ in blanks.
  if (known?.query === query) return known.head;
  const head = writeHead(query);
  headsByDocument.set(document, { query, head });
  return head;
}

function headOfText(query: string): string {
  const known = headsByText.get(query);
  if (known !== undefined) return known;
  const head = writeHead(query);
  if (query.length <= KEPT_DOCUMENT_LENGTH_MAX) headsByText.set(query, head);
  return head;
}

function writeHead(query: string): string {
  return `{"query":${JSON.stringify(query)},"variables":`;
}
