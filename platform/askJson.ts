import { fetch } from 'undici';

export interface JsonQuestion {
  readonly url: string;
  /** Sent as a bearer token; none where it is left out. */
  readonly token: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal;
  /** Who is asked, as faults name them. */
  readonly who: string;
}

const ANSWER_BYTES_MAX = 65_536;

/**
 * POSTs JSON to a service of somebody else and gives the object that it answers. Only a 200 of that very address within
 * 64 KiB is an answer. Whether it is safe to repeat is the service's to say.
 *
 * @throws {Error} which says what was expected and nothing of what came, as that may be personal
 */
export async function askJson(question: JsonQuestion): Promise<Readonly<Record<string, unknown>>> {
  const { url, token, headers, body, signal, who } = question;
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    // Somebody else's answer is not the provider's.
    redirect: 'error',
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${who} answered ${response.status}`);
  }
  return parse(who, await readText(who, response.body));
}

/** Without what came, which may be personal. */
export function unclear(who: string, expected: string): Error {
  return new Error(`${who} is unclear: expected ${expected}`);
}

async function readText(who: string, body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw unclear(who, 'at most 64 KiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(who: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unclear(who, 'JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unclear(who, 'an object');
  return { ...value };
}
