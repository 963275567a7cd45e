import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createWebhookSender,
  type SenderOptions,
  type Sent,
} from '../../subgraphs/payments/adapters/webhookSender.ts';
import { isAllowedAddress, urlFault } from '../../subgraphs/payments/domain/webhookUrl.ts';

const live = { allowsLoopback: false };

test.each([
  'http://hooks.example.com/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.1/',
  'https://017700000001/',
  'https://0177.0.0.1/',
  'https://134744072/',
  'https://169.254.169.254/latest/meta-data',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[fe80::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[ff02::1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://localhost/',
  'https://localhost./',
  'https://a.localhost/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://intranet/',
  'https://hooks.example.com:22/',
  'https://hooks.example.com:6379/',
  'https://user:secret@hooks.example.com/',
  'https://hooks.example.com/#part',
  'ftp://hooks.example.com/',
  'file:///etc/passwd',
  'https://１２７.０.０.１/',
  'not a url',
  `https://hooks.example.com/${'a'.repeat(2_100)}`,
])('%s is refused', (url) => {
  expect(urlFault(url, live)).not.toBeNull();
});

test.each([
  'https://hooks.example.com/a?b=c',
  'https://hooks.example.com:8443/',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]/',
])('%s is taken', (url) => {
  expect(urlFault(url, live)).toBeNull();
});

test('loopback is taken only where it is allowed, and nothing else private with it', () => {
  const local = { allowsLoopback: true };
  expect(urlFault('http://127.0.0.1:4000/', local)).toBeNull();
  expect(urlFault('http://10.0.0.1/', local)).not.toBeNull();
  expect(isAllowedAddress('::1', local)).toBe(true);
  expect(isAllowedAddress('::ffff:127.0.0.1', local)).toBe(false);
});

describe('over the wire', () => {
  const hits: { readonly path: string | undefined; readonly host: string | undefined }[] = [];
  const server = createServer((request, response) => {
    hits.push({ path: request.url, host: request.headers.host });
    if (request.url === '/redirect') response.writeHead(302, { location: '/landed' }).end();
    else if (request.url === '/hang') return;
    else if (request.url === '/long') response.end('x'.repeat(100_000));
    else response.end('a\0b');
  });
  let port = 0;
  const senders: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    await Promise.all(senders.map((sender) => sender.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    hits.length = 0;
  });

  function send(url: string, options: Partial<SenderOptions> = {}): Promise<Sent> {
    const sender = createWebhookSender({ allowsLoopback: true, ...options });
    senders.push(sender);
    return sender.send(url, { 'content-type': 'application/json' }, '{}');
  }

  test.each([
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:10.0.0.1'],
    ['93.184.216.34', '10.0.0.1'],
  ])('a name that resolves to %s is not connected to', async (...addresses) => {
    const sent = await send('https://hooks.example.com/', {
      allowsLoopback: false,
      resolve: async () => addresses,
    });
    expect(sent).toMatchObject({ outcome: 'BLOCKED', error: 'ADDRESS_REFUSED', statusCode: null });
  });

  test('a name is resolved once a connection, so that it cannot lead elsewhere after it was checked', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const resolve = async () => answers[asked++] ?? [];
    const sender = createWebhookSender({ allowsLoopback: true, resolve });
    senders.push(sender);
    const first = await sender.send(`http://localhost:${port}/`, {}, '{}');
    expect(first).toMatchObject({ outcome: 'DELIVERED', responseBody: 'ab' });
    expect(asked).toBe(1);
    expect(hits).toEqual([{ path: '/', host: `localhost:${port}` }]);
    await new Promise<void>((resolve) => {
      server.closeAllConnections();
      setTimeout(resolve, 50);
    });
    expect(await sender.send(`http://localhost:${port}/`, {}, '{}')).toMatchObject({ outcome: 'BLOCKED' });
    expect(hits).toHaveLength(1);
  });

  test('a redirect is not followed', async () => {
    expect(await send(`http://127.0.0.1:${port}/redirect`)).toMatchObject({
      outcome: 'REFUSED',
      statusCode: 302,
    });
    expect(hits.map(({ path }) => path)).toEqual(['/redirect']);
  });

  test('an endpoint that hangs is left after the time-out, and of a long answer 4 KiB are kept', async () => {
    expect(await send(`http://127.0.0.1:${port}/hang`, { timeoutMs: 300 })).toMatchObject({
      outcome: 'TIMEOUT',
    });
    expect((await send(`http://127.0.0.1:${port}/long`)).responseBody).toHaveLength(4_096);
    expect(await send('http://127.0.0.1:9/')).toMatchObject({ outcome: 'UNREACHABLE' });
  });
});
