import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { createHttpTransport, type HttpTransport } from '../../../router/transport/http.ts';
import { EventReader, EventStreamError } from '../../../router/transport/subscribe/events.ts';
import { createRandom } from '../../crash/random.ts';
import { faultOf, requestOf } from './requests.ts';
import { startServer, type TestServer } from './server.ts';

describe('the reader of events', () => {
  const text = [
    '\ufeff: a comment',
    '',
    'event: next',
    'data: {"a":',
    'data:  "☃ é"}',
    'id: 7',
    '',
    '',
    'data',
    '',
    'event:complete',
    '',
    'event: lost',
    'data: because the stream ends before it does',
  ];
  const expected = [
    { type: 'next', data: '{"a":\n "☃ é"}' },
    { type: 'message', data: '' },
    { type: 'complete', data: '' },
  ];

  test.each([
    ['LF', '\n'],
    ['CR', '\r'],
    ['CRLF', '\r\n'],
  ])('lines end with %s, and pieces may end anywhere', (_, lineEnd) => {
    const bytes = Buffer.from(text.join(lineEnd));
    const random = createRandom(7);
    for (let round = 0; round < 50; round++) {
      const reader = new EventReader(1_000);
      const events: unknown[] = [];
      for (let at = 0; at < bytes.length; ) {
        const length = round === 0 ? 1 : random.integer(1, 30);
        events.push(...reader.read(bytes.subarray(at, at + length)));
        at += length;
      }
      expect(events).toEqual(expected);
    }
  });

  test('an event has a limit, whether it is one line or many', () => {
    const chunk = Buffer.from(`data: ${'x'.repeat(50)}\n`);
    const many = new EventReader(200);
    for (let n = 0; n < 3; n++) many.read(chunk);
    expect(() => many.read(chunk)).toThrow(EventStreamError);
    const one = new EventReader(200);
    for (let n = 0; n < 20; n++) one.read(Buffer.from('xxxxxxxxxx'));
    expect(() => one.read(Buffer.from('x'))).toThrow('more than 200');
    const whole = Buffer.from(`data: ${'x'.repeat(200)}\n\n`);
    expect(() => new EventReader(200).read(whole)).toThrow(EventStreamError);
    const ended = new EventReader(200);
    for (let n = 0; n < 20; n++)
      expect(ended.read(Buffer.concat([chunk, Buffer.from('\n')]))).toHaveLength(1);
  });

  test('what is no UTF-8 is refused', () => {
    expect(() => new EventReader(100).read(Buffer.from([0x64, 0xff, 0x0a]))).toThrow(EventStreamError);
  });

  test('a long event in small pieces takes a time that grows with its length', () => {
    const reader = new EventReader(8 * 1024 * 1024);
    const piece = Buffer.alloc(1_024, 'x');
    const startedMs = performance.now();
    for (let n = 0; n < 7_000; n++) reader.read(piece);
    reader.read(Buffer.from('\n\n'));
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe('a stream of events', () => {
  let server: TestServer;
  let transport: HttpTransport;

  async function open(serve: (response: ServerResponse) => unknown): Promise<AsyncIterator<ExecutionResult>> {
    server = await startServer((_, response) => serve(response));
    transport = createHttpTransport({
      name: 'news',
      url: server.url,
      subscriptions: { protocol: 'sse', openWaitMs: 500, silenceMaxMs: 200 },
    });
    const stream = transport.subscribe?.(requestOf({ kind: 'subscription' }), new AbortController().signal);
    if (stream === undefined) throw new Error('the transport has no subscriptions');
    return stream[Symbol.asyncIterator]();
  }

  afterEach(async () => {
    await Promise.all([transport.close(), server.close()]);
  });

  const begin = (response: ServerResponse): ServerResponse =>
    response.writeHead(200, { 'content-type': 'text/event-stream' });

  test('the request is what servers tell the protocol by', async () => {
    const stream = await open((response) => begin(response).end('event: complete\n\n'));
    expect(await stream.next()).toMatchObject({ done: true });
    expect(server.arrivals[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      'content-type': 'application/json',
    });
    expect(server.arrivals[0]?.json).toEqual({ query: 'subscription { x }', variables: {} });
  });

  test.each<[string, (response: ServerResponse) => unknown, string]>([
    [
      'ends before it is complete',
      (response) => begin(response).end('event: next\ndata: {"da'),
      'CONNECTION',
    ],
    ['has what is no JSON', (response) => begin(response).write('event: next\ndata: {"da\n\n'), 'MALFORMED'],
    ['has what is no answer', (response) => begin(response).write('event: next\ndata: {}\n\n'), 'MALFORMED'],
    [
      'is a page',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<'),
      'MALFORMED',
    ],
    ['is refused with 503', (response) => response.writeHead(503).end('<html>'), 'STATUS'],
    ['is refused at length', (response) => response.writeHead(400).end('x'.repeat(70_000)), 'TOO_LARGE'],
    ['never begins', () => undefined, 'TIMEOUT'],
    ['begins and is silent', (response) => begin(response).flushHeaders(), 'TIMEOUT'],
  ])('one that %s is an error', async (_, serve, reason) => {
    const stream = await open(serve);
    expect(await faultOf(stream.next())).toMatchObject({ reason });
  });

  test('heartbeats keep it, and other events are passed over', async () => {
    const stream = await open((response) => {
      begin(response).write('event: ping\ndata: {}\n\n');
      let beats = 0;
      const timer = setInterval(() => {
        response.write(++beats < 8 ? ':\n\n' : 'event: next\ndata: {"data":{"x":1}}\n\nevent: complete\n\n');
      }, 80);
      response.once('close', () => clearInterval(timer));
    });
    expect(await stream.next()).toEqual({ done: false, value: { data: { x: 1 } } });
    expect(await stream.next()).toMatchObject({ done: true });
  });
});
