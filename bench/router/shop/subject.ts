import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../platform/paths.ts';
import { startWorker } from '../../load/worker.ts';
import { DIFFERENT_REQUESTS, type Subject, type SubjectQuery } from '../subject.ts';
import { composeShop, type ShopSubgraph, shopDocument } from './subgraphs.ts';

const MAIN = join(projectRoot, 'bench', 'router', 'shop', 'main.ts');

const DESCRIPTIONS = {
  deep: 'users to reviews to products to reviews to authors to reviews to products',
  flat: 'a list of 1,000 products from two subgraphs',
} as const;

/** Four subgraphs in one process that answer from memory, composed with their URLs. */
export async function startShop(folder: string): Promise<Subject> {
  const worker = await startWorker(MAIN, join(folder, 'shop.log'));
  try {
    const urls = await worker.call<Readonly<Record<ShopSubgraph, string>>>('start');
    const supergraphFile = join(folder, 'shop.graphql');
    await writeFile(supergraphFile, composeShop(urls));
    return {
      name: 'shop',
      supergraphFile,
      queries: [shopQuery('deep'), shopQuery('flat')],
      headers: {},
      signing: null,
      routerEnvironment: null,
      loadPids: [worker.pid],
      countRequests: () => worker.call<number>('count'),
      stop: worker.stop,
    };
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

function shopQuery(name: keyof typeof DESCRIPTIONS): SubjectQuery {
  const query = shopDocument(name);
  const bodies = Array.from({ length: DIFFERENT_REQUESTS }, (_value, index) =>
    JSON.stringify({ query, variables: { shop: `s${String(index).padStart(3, '0')}` } }),
  );
  return { name, description: DESCRIPTIONS[name], bodies };
}
