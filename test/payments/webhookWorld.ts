import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { createLogger } from '../../platform/log.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import type { Viewer } from '../../platform/viewer.ts';
import {
  startWebhooks,
  type Webhooks,
  type WebhooksOptions,
} from '../../subgraphs/payments/workers/webhooks.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { type Answer, acc, ask, type Fixture, openFixture, succeed } from './fixture.ts';

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly atMs: number;
}

/** What the receiver does with a request, which is recorded by then. */
export type Behaviour = (received: Received, response: ServerResponse) => void;

/** A server of an integrator on this machine. */
export class Receiver {
  readonly received: Received[] = [];
  behave: Behaviour = (_, response) => response.writeHead(204).end();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  urlOf(path: string, host = '127.0.0.1'): string {
    return `http://${host}:${this.port}${path}`;
  }

  at(path: string): readonly Received[] {
    return this.received.filter((one) => one.path === path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const headers = request.headers as Record<string, string>;
    const received = { path: request.url ?? '', headers, body, atMs: Date.now() };
    this.received.push(received);
    this.behave(received, response);
  }
}

export interface WebhookWorld {
  readonly fixture: Fixture;
  readonly vault: KeyVault;
  readonly keyFile: string;
  readonly receiver: Receiver;
  start(options?: Partial<WebhooksOptions>): Promise<Webhooks>;
  close(): Promise<void>;
}

/** Payments with a vault, and a receiver; senders are started by each test. */
export async function openWebhookWorld(): Promise<WebhookWorld> {
  const folder = await makeTemporaryFolder();
  const keyFile = join(folder, 'key');
  const vault = await openFileVault(keyFile, 'create');
  const fixture = await openFixture({ vault: async () => vault, webhookLoopback: true });
  const receiver = await new Receiver().listen();
  const logger = createLogger({ level: 'silent', name: 'test' });
  return {
    fixture,
    vault,
    keyFile,
    receiver,
    start: (options = {}) =>
      startWebhooks({ url: fixture.url, vault, logger, allowsLoopback: true, ...options }),
    async close() {
      await Promise.all([fixture.close(), receiver.close()]);
      await removeFolder(folder);
    },
  };
}

export const ENDPOINT = `id url events status disabledReason failingSince pausedUntil ordered complianceOnly
  customer { id } keys { publicKey retiresAt }`;
export const DELIVERY = `id eventId type version status statusCode body nextAttemptAt
  attempts { number outcome statusCode responseBody error latencyMs requestHeaders { name value } }`;

/** Calls a mutation on endpoints, and gives its result. */
export async function call(fixture: Fixture, viewer: Viewer, name: string, input: object): Promise<Answer> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const parts = [
    '... on WebhookEndpointSecret { secret endpoint { _E } }',
    '... on WebhookEndpoint { _E }',
    '... on WebhookDelivery { _D }',
    '... on WebhookResend { count lastCursor }',
    '... on Failure { code message }',
  ];
  const kinds = RESULTS[name] ?? [1];
  const chosen = [...kinds.map((kind) => parts[kind]), parts[4]].join(' ');
  const selection = chosen.replace('_E', ENDPOINT).replace('_D', DELIVERY);
  const document = `mutation ($input: ${type}!) { result: ${name}(input: $input) { __typename ${selection} } }`;
  return (await ask(fixture.payments, viewer, document, { input })).result;
}

const RESULTS: Readonly<Record<string, readonly number[]>> = {
  createWebhookEndpoint: [0],
  rotateWebhookSecret: [0],
  sendTestWebhook: [2],
  resendWebhookDelivery: [2],
  resendWebhookDeliveries: [3],
};

/** Makes an endpoint that must be accepted. */
export async function addEndpoint(
  fixture: Fixture,
  viewer: Viewer,
  url: string,
  more: object = {},
): Promise<{ readonly id: string; readonly secret: string; readonly publicKey: string }> {
  const result = await call(fixture, viewer, 'createWebhookEndpoint', { url, ...more });
  expect(result).toMatchObject({ __typename: 'WebhookEndpointSecret' });
  return { id: result.endpoint.id, secret: result.secret, publicKey: result.endpoint.keys[0].publicKey };
}

/** Moves money once, which is two events or more of one Transaction. */
export async function pay(fixture: Fixture, viewer: Viewer, more: object = {}): Promise<Answer> {
  const source = await fixture.openAccount(viewer.organizationId, { amountMinor: 100_00n });
  const destination = await fixture.openAccount(viewer.organizationId);
  const sides = { sourceId: acc(source), destinationId: acc(destination) };
  return succeed(fixture.payments, viewer, 'createTransaction', {
    ...sides,
    amount: '10',
    asset: 'USD',
    ...more,
  });
}

/** The message as the reference library reads it, which throws for a wrong signature. */
export function verify(secret: string, { headers, body }: Pick<Received, 'headers' | 'body'>): Answer {
  return new Webhook(secret).verify(body, headers);
}

/** Waits until `condition` gives something, at most 15 s. */
export async function until<T>(
  condition: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = await condition();
    if (found) return found as Exclude<T, false | null | undefined>;
    if (Date.now() > deadline) throw new Error('it did not come about within 15 s');
    await sleep(20);
  }
}

/** Deliveries to one endpoint, newest first. */
export async function deliveriesTo(fixture: Fixture, viewer: Viewer, endpointId: string): Promise<Answer[]> {
  const document = `query ($id: ID!) { webhookDeliveries(first: 100, filter: { endpointId: $id }) {
    edges { node { ${DELIVERY} endpoint { id } transaction { id } } } } }`;
  const { webhookDeliveries } = await ask(fixture.payments, viewer, document, { id: endpointId });
  return webhookDeliveries.edges.map(({ node }: Answer) => node);
}
