// GraphiQL in front of the router that served it. Runs in a browser; bundled by build.mjs.
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import './app.css';
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const path = '/graphql';
const headersToBegin = '{\n  "authorization": "Bearer "\n}';
const queryToBegin = `# Ctrl-Enter runs the operation under the cursor. Put an API key under Headers.
query Organization {
  organization {
    id
    name
  }
}
`;

/** Headers without an authorization that is not filled in yet: the schema can be read without one. */
function filledIn(headers) {
  const entries = Object.entries(headers ?? {});
  return Object.fromEntries(
    entries.filter(([name, value]) => name.toLowerCase() !== 'authorization' || /\S\s+\S/.test(value)),
  );
}

async function post(request, headers) {
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(request),
  });
  return await response.json();
}

/** A socket for each subscription, which ends with it; its credentials are those of the Headers tab. */
function subscribe(request, headers) {
  const { protocol, host } = window.location;
  const url = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${path}`;
  const client = createClient({ url, connectionParams: headers });
  return client.iterate(request);
}

function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false;
  }
}

function fetcher(request, options) {
  const headers = filledIn(options?.headers);
  return isSubscription(request) ? subscribe(request, headers) : post(request, headers);
}

const parameters = new URLSearchParams(window.location.search);
createRoot(document.getElementById('explorer')).render(
  createElement(GraphiQL, {
    fetcher,
    defaultQuery: queryToBegin,
    defaultHeaders: headersToBegin,
    defaultEditorToolsVisibility: 'headers',
    query: parameters.get('query') ?? undefined,
    variables: parameters.get('variables') ?? undefined,
    operationName: parameters.get('operationName') ?? undefined,
    // A secret key is not left behind in the browser.
    shouldPersistHeaders: false,
    showPersistHeadersSettings: false,
  }),
);
