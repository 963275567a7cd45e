import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector gets it, with what tests look at. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly ms: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isFailed: boolean;
  readonly links: readonly string[];
}

/** An OTLP/HTTP endpoint that keeps what it is sent. */
export interface Collector {
  /** Of the endpoint for traces. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Everything that came in, as text. */
  readonly text: () => string;
  /** Exports that came, taken or not. */
  readonly exports: () => number;
  readonly headers: () => readonly NodeJS.Dict<string | string[]>[];
  close(): Promise<void>;
}

/** @param options.answer what to do with a request instead of taking it: an HTTP status, or never to answer */
export async function startCollector(
  options: { readonly port?: number; readonly answer?: () => number | 'NEVER' } = {},
): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const texts: string[] = [];
  const headers: NodeJS.Dict<string | string[]>[] = [];
  let exports = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = options.answer?.() ?? 200;
    exports++;
    if (answer === 'NEVER') return;
    if (answer === 200) {
      const text = Buffer.concat(chunks).toString('utf8');
      texts.push(text);
      headers.push(request.headers);
      spans.push(...spansOf(JSON.parse(text)));
    }
    response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    exports: () => exports,
    text: () => texts.join('\n'),
    headers: () => headers,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly status?: { readonly code?: number };
  readonly links?: readonly { readonly spanId: string }[];
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
function spansOf(body: OtlpBody): readonly CollectedSpan[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service,
        name: span.name,
        kind: span.kind,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId || undefined,
        traceState: span.traceState,
        ms: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        attributes: valuesOf(span.attributes ?? []),
        isFailed: span.status?.code === 2,
        links: (span.links ?? []).map((link) => link.spanId),
      })),
    );
  });
}

function valuesOf(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
