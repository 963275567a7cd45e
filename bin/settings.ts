import { resolve } from 'node:path';
import { stateFolder } from '../platform/paths.ts';
import type { Environment } from './main.ts';

/** What has to be known before any server runs; everything else is the platform's configuration. */
export type ProvisionSettings = {
  /** State of this installation: data, caches, logs, credentials. */
  readonly folder: string;
  /** A Postgres of the operator's; without it an embedded one is started. */
  readonly databaseUrl: string | undefined;
  /** A Redis of the operator's; without it an embedded one is started, where there is one. */
  readonly redisUrl: string | undefined;
};

export function readProvisionSettings(environment: Environment): ProvisionSettings {
  return {
    folder: resolve(nonEmpty(environment.OMSX_FOLDER) ?? stateFolder),
    databaseUrl: nonEmpty(environment.DATABASE_URL),
    redisUrl: nonEmpty(environment.REDIS_URL),
  };
}

/** A variable set to nothing is how many deployment tools say "not set". */
function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
