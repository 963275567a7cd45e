import { readFile } from 'node:fs/promises';
import { type Config, ConfigError } from '../platform/config.ts';
import { BUILT_IN, type Catalog } from '../rails/bank/catalog/catalog.ts';
import { readCatalog } from '../rails/bank/catalog/readCatalog.ts';

/** What is known of rails between banks, with the operator's file over it. @throws {CatalogError | ConfigError} with every fault */
export async function configuredCatalog({ bank }: Pick<Config, 'bank'>): Promise<Catalog> {
  const { catalogFile } = bank;
  return catalogFile === undefined ? BUILT_IN : readCatalog(await readJson(catalogFile));
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`OMSX_BANK_CATALOG_FILE cannot be read as JSON (${code ?? 'not JSON'})`]);
  }
}
