import { Lru } from '../../platform/lru.ts';

export const JSON_TYPE = 'application/json';
export const RESPONSE_TYPE = 'application/graphql-response+json';
const EVENTS_TYPE = 'text/event-stream';

/** What a client takes as an answer. */
export interface Accepted {
  /** The better of the two that a GraphQL answer can have; null when it takes neither. */
  readonly type: typeof JSON_TYPE | typeof RESPONSE_TYPE | null;
  /** Takes `application/json`, be it by a wildcard. */
  readonly json: boolean;
  /**
   * Names `application/json`: a client of before the status meant anything, which trusts a body only under 200
   * (GraphQL over HTTP, appendix on application/json).
   */
  readonly namesJson: boolean;
  /** Names `text/event-stream`. */
  readonly events: boolean;
  /** Names `text/html` and none of ours, as a browser does that opens an address. */
  readonly html: boolean;
}

const HEADERS_MAX = 500;
const HEADER_LENGTH_MAX = 1_000;
const RANGES_MAX = 50;

const ANYTHING: Accepted = { type: JSON_TYPE, json: true, namesJson: false, events: false, html: false };
/** Clients of one kind send the same header, so it is read once. */
const known = new Lru<string, Accepted>(HEADERS_MAX);

/** What an `Accept` header asks for (RFC 9110, section 12.5.1). One that is missing or endless asks for nothing. */
export function acceptedBy(accept: string | undefined): Accepted {
  if (accept === undefined || accept === '*/*' || accept.length > HEADER_LENGTH_MAX) return ANYTHING;
  const found = known.get(accept);
  if (found !== undefined) return found;
  const accepted = read(accept);
  known.set(accept, accepted);
  return accepted;
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function read(accept: string): Accepted {
  const ranges = accept.split(',', RANGES_MAX).flatMap(readRange);
  const response = matchOf(RESPONSE_TYPE, ranges);
  const json = matchOf(JSON_TYPE, ranges);
  const names = (type: string): boolean => ranges.some((range) => range.type === type && range.quality > 0);
  return {
    type: betterOf(response, json),
    json: json.quality > 0,
    namesJson: names(JSON_TYPE),
    events: names(EVENTS_TYPE),
    html: names('text/html') && !names(JSON_TYPE) && !names(RESPONSE_TYPE),
  };
}

/** None for a range in another character set: answers are UTF-8. */
function readRange(text: string): readonly Range[] {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  let quality = 1;
  for (const parameter of parameters) {
    const [key, value = ''] = parameter.split('=', 2);
    if (key === 'q') quality = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value) ? Number(value) : 0;
    if (key === 'charset' && !/^"?utf-?8"?$/.test(value)) return [];
  }
  return name === '' ? [] : [{ type: name, quality }];
}

interface Match {
  readonly quality: number;
  readonly isNamed: boolean;
}

/** By the most specific range that covers it. */
function matchOf(type: string, ranges: readonly Range[]): Match {
  for (const covering of [type, 'application/*', '*/*']) {
    const qualities = ranges.filter((range) => range.type === covering).map(({ quality }) => quality);
    if (qualities.length > 0) return { quality: Math.max(...qualities), isNamed: covering === type };
  }
  return { quality: 0, isNamed: false };
}

/** What is asked for by name goes before what a wildcard covers; without either name it is `application/json`. */
function betterOf(response: Match, json: Match): Accepted['type'] {
  if (response.quality === 0 && json.quality === 0) return null;
  if (response.quality !== json.quality) return response.quality > json.quality ? RESPONSE_TYPE : JSON_TYPE;
  return response.isNamed ? RESPONSE_TYPE : JSON_TYPE;
}
