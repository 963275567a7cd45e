import { GRAPHQL_PATH } from '../config.ts';
import { EXPLORER_PATH } from './explorer/explorer.ts';

/** The page at `/`: where things are, for whoever opens the router in a browser. */
export function landingPage(hasExplorer: boolean): string {
  const explorer = hasExplorer
    ? `  <li><a href="${EXPLORER_PATH}">GraphiQL</a>, to try the API in this browser</li>\n`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OMSX</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; }
  code { background: #f2f2f2; padding: 0.1em 0.3em; border-radius: 3px; }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } code { background: #222; } a { color: #8cf; } }
</style>
</head>
<body>
<h1>OMSX</h1>
<p>An open money platform behind one GraphQL API.</p>
<ul>
  <li>Queries and mutations: <code>POST ${GRAPHQL_PATH}</code> with <code>Authorization: Bearer sk_...</code></li>
  <li>Subscriptions: a WebSocket at <code>${GRAPHQL_PATH}</code>, subprotocol <code>graphql-transport-ws</code></li>
${explorer}  <li><a href="/health">Health</a>, <a href="/ready">readiness</a>, <a href="/metrics">metrics</a></li>
</ul>
</body>
</html>
`;
}
