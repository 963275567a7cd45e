import { serverAudits } from 'graphql-http';
import { type Served, serve } from './served.ts';

/**
 * The audits of the reference implementation for conformance with GraphQL over HTTP. Each must pass: a notice or a warning
 * is a failure here.
 */
let served: Served;

beforeAll(async () => {
  served = await serve();
});

afterAll(() => served.close());

const audits = serverAudits({ url: () => served.url });

test('there are sixty-one of them in this version', () => {
  expect(audits).toHaveLength(61);
});

test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
  '%s %s',
  async (_id, _name, audit) => {
    const result = await audit.fn();
    expect({ status: result.status, reason: 'reason' in result ? result.reason : null }).toEqual({
      status: 'ok',
      reason: null,
    });
  },
);
