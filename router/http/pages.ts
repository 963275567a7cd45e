import { mayScrape } from '../observability/scrape.ts';
import type { Exchange } from './exchange.ts';
import { createExplorer, EXPLORER_PATH, isExplorerServed } from './explorer/explorer.ts';
import { landingPage } from './landing.ts';
import type { HttpParts } from './port.ts';
import type { Reply } from './reply.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
/** The landing page has a style of its own and nothing else. */
const LANDING_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

type Page = (exchange: Exchange) => Reply | Promise<Reply>;

/** Everything beside GraphQL: what operators and people look at. */
export function createPages(parts: HttpParts): Page {
  const { config } = parts;
  const { metrics } = parts.observability;
  const explorer = isExplorerServed(config) ? createExplorer(parts.logger) : null;
  const landing = landingPage(explorer !== null);
  const routes: Readonly<Record<string, Page>> = {
    '/': () => html(landing),
    '/health': () => json(200, { status: 'ok' }),
    '/ready': () => {
      const isDraining = parts.isDraining();
      return json(isDraining ? 503 : 200, { status: isDraining ? 'draining' : 'ready', ...parts.status() });
    },
    '/metrics': async ({ request }) => {
      if (!mayScrape(request, config.metricsToken ?? null)) {
        return json(401, { status: 'unauthenticated' }, ['www-authenticate', 'Bearer']);
      }
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    },
  };

  return async (exchange) => {
    const { method } = exchange.request;
    if (method === 'OPTIONS') return { status: 204, type: JSON_TYPE, body: '' };
    const { path } = exchange;
    const page = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (page === undefined && !path.startsWith(EXPLORER_PATH)) return json(404, { status: 'not found' });
    if (method !== 'GET' && method !== 'HEAD') {
      return json(405, { status: 'method not allowed' }, ['allow', 'GET, HEAD, OPTIONS']);
    }
    if (page !== undefined) return await page(exchange);
    return (await explorer?.(path)) ?? json(404, { status: 'not found' });
  };
}

function json(status: number, value: unknown, headers: readonly string[] = []): Reply {
  return { status, type: JSON_TYPE, body: JSON.stringify(value), headers };
}

function html(body: string): Reply {
  const headers = ['content-security-policy', LANDING_POLICY];
  return { status: 200, type: 'text/html; charset=utf-8', body, headers };
}
