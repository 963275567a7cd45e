import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** A field of an answer: what an example reads out of it is what its document asked for. */
// biome-ignore lint/suspicious/noExplicitAny: an integrator generates types from the schema; an example stays short
export type Answer = any;

export interface Omsx {
  /** Sends one operation; mutations name their one field `result`. @throws when it was refused, with the reason */
  ask(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /**
   * Subscribes, and ends with the first message that `isEnd` says is the last. @throws after a minute without it
   */
  watch(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    isEnd: (message: Answer) => boolean,
  ): Promise<Answer>;
  /** A key for one request of this run: whoever sends the request again sends the same key again. */
  key(name: string): string;
  close(): Promise<void>;
}

const ATTEMPTS_MAX = 5;
const RETRY_DELAY_MS = 250;
const TIMEOUT_MS = 15_000;
const WATCH_MAX_MS = 60_000;

/** Connects to `OMSX_URL` with `OMSX_API_KEY`; to the sandbox that `npm start` runs where they are not set. */
export async function connect(): Promise<Omsx> {
  const { url, ws, apiKey } = await credentials();
  const run = randomUUID();
  const socket = createClient({
    url: ws,
    webSocketImpl: WebSocket,
    lazy: true,
    connectionParams: { authorization: `Bearer ${apiKey}` },
  });

  async function post(query: string, variables: object): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch(() => null);
      const body = (await response?.json()) as Answer;
      const [fault] = body?.errors ?? [];
      if (body && !fault) return body.data;
      // No answer, or one that says so: the same is sent again, with the same keys.
      const isWorthIt = !body || fault.extensions?.retryable === true;
      if (!isWorthIt || attempt === ATTEMPTS_MAX) throw new Error(fault?.message ?? 'no answer');
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * attempt));
    }
  }

  return {
    async ask(document, variables = {}) {
      const data = await post(document, variables);
      const { result } = data;
      if (result?.message !== undefined) throw new Error(result.message);
      return result ?? data;
    },
    async watch(document, variables, isEnd) {
      const messages = socket.iterate<Answer>({ query: document, variables });
      const late = setTimeout(() => void messages.return?.(), WATCH_MAX_MS);
      try {
        for await (const { data, errors } of messages) {
          if (errors) throw new Error(errors[0]?.message);
          if (isEnd(data.result)) return data.result;
        }
        throw new Error(`what was waited for did not come within ${WATCH_MAX_MS} ms`);
      } finally {
        clearTimeout(late);
      }
    },
    key: (name) => `${name} ${run}`,
    close: async () => socket.dispose(),
  };
}

async function credentials(): Promise<{
  readonly url: string;
  readonly ws: string;
  readonly apiKey: string;
}> {
  const { OMSX_URL: url, OMSX_API_KEY: apiKey, OMSX_FOLDER: folder = '.omsx' } = process.env;
  if (url !== undefined && apiKey !== undefined) return { url, ws: url.replace(/^http/, 'ws'), apiKey };
  const text = await readFile(`${folder}/credentials.json`, 'utf8').catch(() => {
    throw new Error('there is no sandbox here: run npm start first, or set OMSX_URL and OMSX_API_KEY');
  });
  const { graphql, ws, apiKey: ownKey } = JSON.parse(text);
  return { url: graphql, ws, apiKey: ownKey };
}
