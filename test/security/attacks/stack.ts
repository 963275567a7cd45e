import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../../platform/log.ts';
import { projectRoot } from '../../../platform/paths.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Router } from '../../../router/main.ts';
import { createLocalTransport } from '../../../router/transport/local.ts';
import { createWorld, furnish, type Inventory, type World } from '../../federation/world.ts';
import { startTestRouter } from '../../harness/router.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a test reads out of a response is what it asserts
export type Json = any;

/** An organization as an attacker or a victim: its key, and what it has. */
export interface Tenant {
  readonly viewer: Viewer;
  readonly apiKey: string;
  readonly own: Inventory;
}

/** Router and subgraphs as they run, reached by nothing but HTTP and a key. */
export interface Stack {
  readonly world: World;
  readonly url: string;
  addTenant(name: string): Promise<Tenant>;
  /** One POST, as it was answered. */
  send(token: string | null, body: object, headers?: Readonly<Record<string, string>>): Promise<Json>;
  /** Its data; a request that must not have errors. */
  ask(token: string, query: string, variables?: object): Promise<Json>;
  /** What the mutation `name` came to, under a new key unless `input` has one. */
  mutate(token: string, name: string, input: object, selection?: string): Promise<Json>;
  close(): Promise<void>;
}

const SELECTION = `__typename ... on Failure { code } ... on InvalidInput { field }
  ... on Transaction { id status capturedAmount { amount } refundedAmount { amount } }`;

export async function openStack(): Promise<Stack> {
  const world = await createWorld({ cached: false });
  const logger = createLogger({ name: 'test', level: 'silent' });
  const router: Router = await startTestRouter({
    transports: world.subgraphs.map(createLocalTransport),
    authenticator: world,
    feed: null,
    logger,
    // As outside of a sandbox: nobody is told what there is.
    config: { introspection: false },
  });
  const { url } = router;
  let keys = 0;
  const stack: Stack = {
    world,
    url,
    async addTenant(name) {
      const { viewer, apiKey } = await world.addOrganization(name);
      return { viewer, apiKey, own: await furnish(world, viewer) };
    },
    async send(token, body, headers = {}) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: JSON.stringify(body),
      });
      return { status: answer.status, ...((await answer.json()) as object) };
    },
    async ask(token, query, variables = {}) {
      const { data, errors } = await stack.send(token, { query, variables });
      expect(errors).toBeUndefined();
      return data;
    },
    async mutate(token, name, input, selection = SELECTION) {
      keys += 1;
      const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
      const query = `mutation ($input: ${type}!) { result: ${name}(input: $input) { ${selection} } }`;
      const variables = { input: { idempotencyKey: `attack-${keys}`, ...input } };
      return (await stack.ask(token, query, variables)).result;
    },
    async close() {
      await router.close();
      await world.close();
    },
  };
  return stack;
}

/** An attack, what it is, and a test that makes it: its file, and words of its name. */
export type Covered = readonly [attack: string, what: string, file: string, name: string];

/** That each test is there; it must not be renamed or lost without this list. */
export function expectCovered(list: readonly Covered[]): void {
  const lost = list.filter(([, , file, name]) => {
    const text = readFileSync(join(projectRoot, file), 'utf8');
    const names = text.match(/^\s*(?:test|describe)(?:\.each)?[\s\S]*?(?:=> \{|\($)/gm) ?? [];
    return !names.some((found) => found.includes(name));
  });
  expect(lost).toEqual([]);
}
