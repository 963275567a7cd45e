import { ApiError } from '../../../platform/errors.ts';
import { createLogger } from '../../../platform/log.ts';
import type { Identity } from '../../../router/caller.ts';
import { nobody } from '../../../router/identity.ts';
import { Credentials, type CredentialsEnd, type Holder } from '../../../router/subscriptions/credentials.ts';

/** Goal: a connection lives as long as its token and no longer, whatever becomes of those who can tell. */
let credentials: Credentials;
let lookups: string[];
let answer: (token: string) => Promise<Identity>;

beforeEach(() => {
  jest.useFakeTimers();
  lookups = [];
  answer = async (token) => identityOf(token);
  credentials = new Credentials(
    {
      identify(token) {
        lookups.push(token ?? '');
        return answer(token ?? '');
      },
    },
    createLogger({ name: 'test', level: 'silent' }),
  );
});
afterEach(() => {
  credentials.close();
  jest.useRealTimers();
});

function identityOf(shareKey: string, change: Partial<Identity> = {}): Identity {
  return { ...nobody('test'), isAuthenticated: true, shareKey, ...change };
}

class Connection implements Holder {
  readonly ends: CredentialsEnd[] = [];
  readonly hints: number[] = [];

  credentialsEnded(why: CredentialsEnd): void {
    this.ends.push(why);
  }

  credentialsExpire(expiresInMs: number): void {
    this.hints.push(expiresInMs);
  }
}

function hold(token: string, identity = identityOf(token)): Connection {
  const connection = new Connection();
  credentials.hold(token, identity, connection);
  return connection;
}

test('a token is looked up once in two seconds, however many connections live by it', async () => {
  for (let n = 0; n < 1_000; n++) hold('one');
  hold('other');
  await jest.advanceTimersByTimeAsync(4_100);
  expect(lookups.sort()).toEqual(['one', 'one', 'other', 'other']);
});

test('a revoked token ends its connections within 5 s, and no others', async () => {
  const [doomed, other] = [hold('doomed'), hold('other')];
  answer = async (token) => {
    if (token === 'doomed') throw new ApiError('UNAUTHENTICATED', 'revoked');
    return identityOf(token);
  };
  await jest.advanceTimersByTimeAsync(5_000);
  expect([doomed.ends, other.ends]).toEqual([['REVOKED'], []]);
});

test('a token that is good for something else now ends its connections', async () => {
  const connection = hold('one');
  answer = async () => identityOf('something else');
  await jest.advanceTimersByTimeAsync(2_100);
  expect(connection.ends).toEqual(['CHANGED']);
});

test('who comes with a token that is good for something else ends those who came before with it', () => {
  const before = hold('one', identityOf('much'));
  const after = hold('one', identityOf('little'));
  expect([before.ends, after.ends]).toEqual([['CHANGED'], []]);
});

test('while nobody can tell, connections live on for half a minute and no longer', async () => {
  const connection = hold('one');
  answer = async () => {
    throw new ApiError('UNAVAILABLE', 'cannot be told');
  };
  await jest.advanceTimersByTimeAsync(28_000);
  expect(connection.ends).toEqual([]);
  answer = async (token) => identityOf(token);
  await jest.advanceTimersByTimeAsync(4_000);
  answer = async () => {
    throw new ApiError('UNAVAILABLE', 'cannot be told');
  };
  await jest.advanceTimersByTimeAsync(28_000);
  expect(connection.ends).toEqual([]);
  await jest.advanceTimersByTimeAsync(6_000);
  expect(connection.ends).toEqual(['UNCHECKED']);
});

test('a token that ends by itself is hinted at once and ends its connections on time', async () => {
  const connection = hold('one', identityOf('one', { expiresAtMs: Date.now() + 60_000 }));
  await jest.advanceTimersByTimeAsync(49_000);
  expect(connection.hints).toEqual([]);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(connection.hints).toHaveLength(1);
  expect(connection.hints[0]).toBeLessThanOrEqual(10_000);
  expect(connection.ends).toEqual([]);
  await jest.advanceTimersByTimeAsync(1_500);
  expect(connection.ends).toEqual(['EXPIRED']);
});

test('a token that says all by itself is looked at again only now and then', async () => {
  hold('jwt', identityOf('jwt', { expiresAtMs: Date.now() + 600_000 }));
  await jest.advanceTimersByTimeAsync(28_000);
  expect(lookups).toEqual([]);
  await jest.advanceTimersByTimeAsync(4_000);
  expect(lookups).toEqual(['jwt']);
});

test('a connection that is gone is told nothing, and a token without connections is forgotten', async () => {
  const connection = hold('one');
  credentials.release('one', connection);
  answer = async () => {
    throw new ApiError('UNAUTHENTICATED', 'revoked');
  };
  await jest.advanceTimersByTimeAsync(5_000);
  expect([connection.ends, lookups]).toEqual([[], []]);
});

test('lookups that hang are not piled up, and do not keep a revoked token from being found', async () => {
  const hanging = Array.from({ length: 100 }, (_, n) => hold(`${n}`));
  const doomed = hold('doomed');
  answer = (token) => {
    if (token === 'doomed') return Promise.reject(new ApiError('UNAUTHENTICATED', 'revoked'));
    return new Promise(() => undefined);
  };
  await jest.advanceTimersByTimeAsync(20_000);
  expect(doomed.ends).toEqual(['REVOKED']);
  expect(lookups).toHaveLength(101);
  await jest.advanceTimersByTimeAsync(15_000);
  expect(new Set(hanging.map(({ ends }) => ends.join()))).toEqual(new Set(['UNCHECKED']));
});
