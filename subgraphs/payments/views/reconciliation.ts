import type { Connection } from '../../../platform/connection.ts';
import type { ItemView } from '../../../rails/bank/reconcile/readItems.ts';
import type { StatementView } from '../../../rails/bank/statements/readStatements.ts';

export type ItemConnectionView = Connection<ItemView>;
export type StatementConnectionView = Connection<StatementView>;
