import type { Environment } from './configReader.ts';

/** Where traces go, and which; the standard variables, as far as they are read here. */
export interface TracingConfig {
  /** Of the collector's OTLP/HTTP endpoint for traces, with its path. */
  readonly url: string;
  /** Sent with each export; may hold a token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sampler: Sampler;
  /** Share of traces that are recorded, from 0 to 1, for the samplers that go by it. */
  readonly ratio: number;
}

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type Sampler = (typeof SAMPLERS)[number];

const PROTOCOLS = ['http/json', 'http/protobuf'];
const TRACES_PATH = 'v1/traces';

/**
 * Reads the OTEL_ variables. Null, which is what nearly everyone has: no endpoint is named, so there are no traces.
 * Faults are added to `faults`; headers and endpoints are not repeated in them, because they may hold secrets.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and .../configuration/sdk-environment-variables/
 */
export function readTracing(environment: Environment, role: string, faults: string[]): TracingConfig | null {
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const specific = text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const base = text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const isOff =
    text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || text('OTEL_TRACES_EXPORTER') === 'none';
  if (isOff || (specific === undefined && base === undefined)) return null;
  const url = specific ?? `${base?.replace(/\/$/, '')}/${TRACES_PATH}`;
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    faults.push(
      'OTEL_EXPORTER_OTLP_ENDPOINT is malformed: expected a URL that starts with http:// or https://',
    );
  }
  const protocol = text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? text('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    faults.push(`OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}": traces are sent as http/json only`);
  }
  const pairs = (name: string): Readonly<Record<string, string>> => readPairs(name, text(name), faults);
  return {
    url,
    headers: { ...pairs('OTEL_EXPORTER_OTLP_HEADERS'), ...pairs('OTEL_EXPORTER_OTLP_TRACES_HEADERS') },
    serviceName: text('OTEL_SERVICE_NAME') ?? (role === 'up' ? 'omsx' : `omsx-${role}`),
    attributes: pairs('OTEL_RESOURCE_ATTRIBUTES'),
    sampler: readSampler(text('OTEL_TRACES_SAMPLER'), faults),
    ratio: readRatio(text('OTEL_TRACES_SAMPLER_ARG'), faults),
  };
}

/** `key=value,key=value`, percent-encoded. */
function readPairs(
  name: string,
  text: string | undefined,
  faults: string[],
): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (const part of text?.split(',') ?? []) {
    if (part.trim() === '') continue;
    const [, key, value] = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    const decoded = key === undefined || value === undefined ? null : decode(value);
    if (key !== undefined && decoded !== null) pairs.push([key, decoded]);
    else faults.push(`${name} is malformed: expected key=value pairs, percent-encoded, separated by commas`);
  }
  return Object.fromEntries(pairs);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function readSampler(text: string | undefined, faults: string[]): Sampler {
  const otherwise = 'parentbased_always_on';
  const found = SAMPLERS.find((sampler) => sampler === (text ?? otherwise));
  if (found === undefined) {
    faults.push(`OTEL_TRACES_SAMPLER is "${text}": expected one of ${SAMPLERS.join(', ')}`);
  }
  return found ?? otherwise;
}

function readRatio(text: string | undefined, faults: string[]): number {
  const ratio = text === undefined ? 1 : Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  faults.push(`OTEL_TRACES_SAMPLER_ARG is "${text}": expected a number from 0 to 1`);
  return 1;
}
