import type { Logger } from '../../../platform/log.ts';
import type { RouterConfig } from '../../config.ts';
import type { Reply } from '../reply.ts';
import { type Assets, loadAssets } from './assets.ts';

export const EXPLORER_PATH = '/graphiql';
const ASSETS_PATH = `${EXPLORER_PATH}/assets/`;

/**
 * Scripts only from here, and none in the page. GraphiQL's editors set styles as they go, which is why those may be in the
 * page. It talks to this router alone, over HTTP and WebSocket.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Names of assets hold a hash of what is in them. */
const FOREVER = ['cache-control', 'public, max-age=31536000, immutable'];

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** Whether GraphiQL is served: where the schema may be read, unless the configuration says otherwise. */
export function isExplorerServed(config: RouterConfig): boolean {
  return config.explorer ?? config.introspection;
}

/** GraphiQL from our own package, by path; null for a path that is not its. Made when it is first asked for. */
export function createExplorer(logger: Logger): (path: string) => Promise<Reply | null> {
  let loading: Promise<Assets> | undefined;

  /** What failed may be put right (a package installed, a disk freed), so it is tried again. */
  async function assets(): Promise<Assets> {
    loading ??= loadAssets();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  }

  return async (path) => {
    const isPage = path === EXPLORER_PATH || path === `${EXPLORER_PATH}/`;
    if (!isPage && !path.startsWith(ASSETS_PATH)) return null;
    try {
      const { script, style, files } = await assets();
      if (isPage) return page(script, style);
      const name = path.slice(ASSETS_PATH.length);
      const body = files.get(name);
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
      return body === undefined || type === undefined ? null : { status: 200, type, body, headers: FOREVER };
    } catch (error) {
      logger.warn({ fault: (error as Error).message }, 'GraphiQL cannot be made');
      const body = 'GraphiQL cannot be made here; the log says why.\n';
      return { status: 503, type: 'text/plain; charset=utf-8', body };
    }
  };
}

function page(script: string, style: string): Reply {
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL - OMSX</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${ASSETS_PATH}${style}">
<script type="module" src="${ASSETS_PATH}${script}"></script>
</head>
<body>
<div id="explorer">Loading GraphiQL...</div>
</body>
</html>
`;
  const headers = ['content-security-policy', POLICY, 'cache-control', 'no-cache'];
  return { status: 200, type: 'text/html; charset=utf-8', body, headers };
}
