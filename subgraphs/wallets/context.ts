import type { CommandLane } from '../../platform/commandLane.ts';
import type { BaseContext } from '../../platform/graphql.ts';
import type { Database } from '../../platform/postgres.ts';
import type { EstimateSend } from './adapters/sendEstimates.ts';
import type { WalletsCommand } from './commands/lane.ts';
import type { Catalogue } from './domain/catalogue.ts';
import type { Loaders } from './loaders.ts';

/** Sandbox money exists in a sandbox deployment only. */
export type Mode = 'SANDBOX' | 'LIVE';

/** What resolvers work with, new for each request. */
export interface Context extends BaseContext {
  readonly reads: Database;
  readonly loaders: Loaders;
  readonly catalogue: Catalogue;
  readonly lane: CommandLane<WalletsCommand>;
  readonly estimateSend: EstimateSend;
  readonly mode: Mode;
}
