import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OperationTypeNode } from 'graphql';
import { nobody } from '../../../router/identity.ts';
import { createMetrics } from '../../../router/observability/metrics.ts';
import { observeTransport } from '../../../router/observability/observedTransport.ts';
import { RequestRecord } from '../../../router/observability/record.ts';
import { createHttpTransport } from '../../../router/transport/http.ts';
import { createSingleFlight } from '../../../router/transport/singleFlight.ts';

let server: Server;

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

test('what a subgraph costs is told: fetches and why they failed, retries, shared answers, bytes', async () => {
  let breaksOff = true;
  const body = '{"data":{"a":1}}';
  server = createServer((request, response) => {
    if (breaksOff) request.socket.destroy();
    else setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body), 50);
    breaksOff = false;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const { fetches, text } = createMetrics(null);
  const inner = createHttpTransport({ name: 'a', url, sharing: createSingleFlight('a') });
  const transport = observeTransport(inner, fetches, url);
  const record = new RequestRecord('r', 'http', { span: undefined, headers: {} });
  const caller = { identity: nobody('127.0.0.1'), requestId: 'r', headers: {}, record };
  const request = { kind: OperationTypeNode.QUERY, query: '{ a }', variables: {}, caller };
  await Promise.all([transport.execute(request), transport.execute(request)]);
  const late = { ...request, query: '{ b: a }', caller: { ...caller, dueAtMs: performance.now() + 10 } };
  await expect(transport.execute(late)).rejects.toMatchObject({ reason: 'TIMEOUT' });
  const lines = (await text()).split('\n');
  for (const line of [
    'omsx_router_fetch_seconds_count{subgraph="a",outcome="ok"} 2',
    'omsx_router_fetch_seconds_count{subgraph="a",outcome="timeout"} 1',
    'omsx_router_fetch_retries_total{subgraph="a"} 1',
    'omsx_router_fetches_shared_total{subgraph="a"} 1',
    `omsx_router_fetch_response_bytes_total{subgraph="a"} ${body.length}`,
    'omsx_router_breaker_state{subgraph="a"} 0',
  ]) {
    expect(lines).toContain(line);
  }
  expect(record.subgraphs.get('a')?.fetches).toBe(3);
  await transport.close();
});
