import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface UpdatesOptions<Update> {
  readonly url: string;
  readonly apiKey: string;
  /** A subscription with a variable `after` and one field that gives `transactionUpdates`. */
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly receive: (update: Update) => void;
}

export interface Updates {
  /** As `wanted`, unless the stream fails or `timeoutMs` are over before. */
  within<T>(wanted: Promise<T>, timeoutMs: number): Promise<T>;
  close(): Promise<void>;
}

const RESUMES_MAX = 100;

/** Opens the stream and resolves once it is live. It resumes by cursor when the socket is cut, so it misses nothing. */
export async function openUpdates<Update extends { readonly cursor: string }>(
  options: UpdatesOptions<Update>,
): Promise<Updates> {
  let cursor: string | null = null;
  let live = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    live = resolve;
  });
  const client = createClient({
    url: options.url,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${options.apiKey}` },
    retryAttempts: RESUMES_MAX,
    shouldRetry: () => true,
  });
  // graphql-ws repeats the subscribe message after a reconnect; the getter gives it the cursor of that moment.
  const variables = {
    ...options.variables,
    get after() {
      return cursor;
    },
  };
  const failed = new Promise<never>((_, reject) => {
    client.subscribe<{ readonly transactionUpdates: Update }>(
      { query: options.query, variables },
      {
        next: ({ data, errors }) => {
          if (!data) return reject(new Error(JSON.stringify(errors)));
          cursor = data.transactionUpdates.cursor;
          live();
          options.receive(data.transactionUpdates);
        },
        error: reject,
        complete: () => undefined,
      },
    );
  });
  failed.catch(() => undefined);
  await Promise.race([opened, failed]);
  return {
    async within(wanted, timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const sentence = `what was waited for was not seen within ${timeoutMs} ms`;
        timer = setTimeout(() => reject(new Error(sentence)), timeoutMs);
      });
      return await Promise.race([wanted, failed, late]).finally(() => clearTimeout(timer));
    },
    close: async () => client.dispose(),
  };
}
