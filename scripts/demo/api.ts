import { setTimeout as sleep } from 'node:timers/promises';

/** The public API over HTTP, the way an integrator's server would use it: retried blindly, with the same key. */
export interface Api {
  query<Data>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<{ data: Data; replayed: boolean }>;
}

export interface ApiOptions {
  readonly url: string;
  readonly apiKey: string;
}

const ATTEMPTS_MAX = 8;
const RETRY_DELAY_MS = 250;
const TIMEOUT_MS = 15_000;

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly { message: string; extensions?: { retryable?: boolean; code?: string } }[];
  readonly extensions?: { readonly idempotentReplay?: boolean };
}

export function createApi(options: ApiOptions): Api {
  return {
    async query<Data>(document: string, variables: Readonly<Record<string, unknown>>) {
      for (let attempt = 1; ; attempt++) {
        try {
          const body = await post(options, document, variables);
          const fault = body.errors?.[0];
          if (!fault)
            return { data: body.data as Data, replayed: body.extensions?.idempotentReplay === true };
          if (!fault.extensions?.retryable) throw new RefusedError(fault.message);
          throw new Error(fault.message);
        } catch (error) {
          if (error instanceof RefusedError || attempt >= ATTEMPTS_MAX) throw error;
          await sleep(RETRY_DELAY_MS * attempt);
        }
      }
    },
  };
}

/** The API understood the request and said no; asking again would not help. */
class RefusedError extends Error {}

async function post(
  options: ApiOptions,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Body> {
  const response = await fetch(options.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${options.apiKey}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return (await response.json()) as Body;
}
