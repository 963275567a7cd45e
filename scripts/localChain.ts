import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../platform/config.ts';

/** The local chain of a running `omsx up` says where it is in the file that it writes for clients. */
export async function withLocalChain(config: Config): Promise<Config> {
  if (config.rpcUrls.LOCAL !== undefined || config.mode === 'live') return config;
  const text = await readFile(join(config.folder, 'credentials.json'), 'utf8').catch(() => '{}');
  const { chainUrl } = JSON.parse(text) as { readonly chainUrl?: string };
  return chainUrl === undefined ? config : { ...config, rpcUrls: { ...config.rpcUrls, LOCAL: [chainUrl] } };
}
