// What Hive Gateway is run with: its Rust planner, and its own coalescing (of inbound requests and of subgraph requests)
// either all on or all off. Not TypeScript, because the checkout is checked without these packages as well.
import { defineConfig } from '@graphql-hive/gateway';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { signViewer, VIEWER_HEADER } from '../../platform/viewer.ts';

const coalesces = process.env.BENCH_COALESCES === 'true';
const signing = JSON.parse(process.env.BENCH_SIGNING ?? 'null');

/** The subgraphs answer only to a Viewer that is signed together with the body. */
const signsRequests = {
  onFetch({ options, setOptions }) {
    const signature = signViewer(signing.viewer, String(options.body ?? ''), signing.secret, new Date());
    setOptions({ ...options, headers: { ...options.headers, [VIEWER_HEADER]: signature } });
  },
};

export const gatewayConfig = defineConfig({
  unifiedGraphHandler,
  inboundInflightRequestDeduplication: coalesces,
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: coalesces } } },
  plugins: () => (signing === null ? [] : [signsRequests]),
});
