import { signViewer, VIEWER_HEADER, type Viewer } from '../platform/viewer.ts';

/** As whom a subgraph is asked, and the secret that it believes. */
export interface Signing {
  readonly viewer: Viewer;
  readonly secret: string;
}

const TIMEOUT_MS = 15_000;

/**
 * Asks one of the platform's subgraphs itself, as a router would: for what a bench has to prepare, or to go on doing
 * while the router is gone.
 *
 * @throws when the answer has errors
 */
export async function askSubgraph<Data>(
  url: string,
  { viewer, secret }: Signing,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Data> {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [VIEWER_HEADER]: signViewer(viewer, body, secret, new Date()),
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as { data?: Data; errors?: unknown };
  if (!response.ok || errors !== undefined || data === undefined)
    throw new Error(`HTTP ${response.status} ${text.slice(0, 500)}`);
  return data;
}
