import type { ServerResponse } from 'node:http';
import { identityOf } from '../../../router/identity.ts';
import { createPolicyHook } from '../../../router/policyHook.ts';
import { POLICY_TIMEOUT_MS } from '../../../router/protection/policies.ts';
import { stranger, viewer } from '../transport/requests.ts';
import { sendJson, startServer, type TestServer } from '../transport/server.ts';

/** `@policy` as a deployment decides it: a service of its own, asked over HTTP. */
const POLICIES = ['audit', 'finance'];
let answer: (response: ServerResponse) => void;
let service: TestServer;

beforeAll(async () => {
  service = await startServer((_, response) => answer(response));
});
afterAll(() => service.close());

const ask = (identity = identityOf(viewer)) => createPolicyHook(service.url)(POLICIES, identity);

test('the service is told who asks and for what, and what it grants holds', async () => {
  answer = (response) => sendJson(response, { granted: ['audit', 7, null] });
  expect(await ask({ ...identityOf(viewer), claims: { team: 'red' } })).toEqual(new Set(['audit']));
  expect(service.arrivals.at(-1)?.json).toEqual({
    policies: POLICIES,
    claims: { team: 'red' },
    organizationId: viewer.organizationId,
    subjectId: viewer.subjectId,
  });
});

test('of nobody it is told that it is nobody', async () => {
  answer = (response) => sendJson(response, { granted: [] });
  expect(await ask(stranger)).toEqual(new Set());
  expect(service.arrivals.at(-1)?.json).toMatchObject({ claims: {}, organizationId: null, subjectId: null });
});

test.each<[string, (response: ServerResponse) => void]>([
  ['fails', (response) => response.writeHead(500).end('{"granted":["audit"]}')],
  ['refuses', (response) => response.writeHead(403).end('{"granted":["audit"]}')],
  ['sends elsewhere', (response) => response.writeHead(302, { location: '/' }).end('{"granted":["audit"]}')],
  ['answers with no list', (response) => sendJson(response, { granted: 'audit' })],
  ['answers with nothing', (response) => sendJson(response, null)],
  [
    'answers without end',
    (response) => response.writeHead(200).end(`{"granted":["audit"],"x":"${'x'.repeat(70_000)}"}`),
  ],
  ['answers with no JSON', (response) => response.writeHead(200).end('granted: audit')],
  [
    'breaks off',
    (response) =>
      response.writeHead(200, { 'content-length': '99' }).write('{"granted"') && response.destroy(),
  ],
])('a service that %s grants nothing', async (_, given) => {
  answer = given;
  await expect(ask()).rejects.toThrow();
});

test('a service that is not there, or says nothing, grants nothing either, and soon', async () => {
  await expect(createPolicyHook('http://127.0.0.1:9')(POLICIES, stranger)).rejects.toThrow();
  answer = () => undefined;
  const beganAtMs = performance.now();
  await expect(ask()).rejects.toThrow();
  // undici's clock has a step of half a second.
  expect(performance.now() - beganAtMs).toBeLessThan(POLICY_TIMEOUT_MS + 4_000);
});
