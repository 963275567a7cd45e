import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openBankVault } from '../bin/bank.ts';
import { withDatabase } from '../bin/database.ts';
import { loadAssets } from '../ledger/assets.ts';
import { readConfig } from '../platform/config.ts';
import { parseId, type Uuid } from '../platform/id.ts';
import { openDatabase } from '../platform/postgres.ts';
import { readImportBankStatement } from '../subgraphs/payments/commands/reconciliation/importBankStatement.ts';
import { createReconciliationLane } from '../subgraphs/payments/commands/reconciliation/lane.ts';

/**
 * `npm run bank:import -- --organization org_... --adapter CODE FILE`: takes in a statement of an organization's bank, as
 * `importBankStatement` does. Safe to repeat: what is known changes nothing. Ends with 1 for a file that is refused.
 */
const USAGE = 'npm run bank:import -- --organization org_... --adapter CODE FILE';

interface Wanted {
  readonly organizationId: Uuid;
  readonly adapter: string;
  readonly path: string;
}

/** Null for what is not the usage. */
function readWanted(args: readonly string[]): Wanted | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { organization: { type: 'string' }, adapter: { type: 'string' } },
    });
    const [path, ...rest] = positionals;
    const organizationId = parseId('org', values.organization ?? '');
    const { adapter } = values;
    if (path === undefined || rest.length > 0 || organizationId === null || adapter === undefined)
      return null;
    return { organizationId, adapter, path };
  } catch {
    return null;
  }
}

async function run(databaseUrl: string, wanted: Wanted): Promise<number> {
  const { organizationId, adapter, path } = wanted;
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_payments_writer', poolMax: 2 });
  try {
    const viewer = { organizationId, kind: 'SYSTEM', subjectId: 'bank:import', scopes: ['*'] } as const;
    const content = await readFile(path, 'utf8');
    const request = { idempotencyKey: 'bank:import', adapter, content };
    const vault = () => openBankVault(readConfig(process.env), databaseUrl);
    const command = await readImportBankStatement(viewer, request, await loadAssets(database), vault);
    if ('__typename' in command) return say(command.message, 1);
    // Its statements make it idempotent; a key would be of one file for ever.
    const lane = createReconciliationLane(database);
    const { result } = await lane.submit({ ...command, idempotencyKey: null });
    return say(`${result.statements} new statements, ${result.lines} new lines, ${result.repeated} known`, 0);
  } finally {
    await database.close();
  }
}

function say(line: string, code: number): number {
  process.stdout.write(`${line}\n`);
  return code;
}

const wanted = readWanted(process.argv.slice(2));
process.exitCode =
  wanted === null ? say(`usage: ${USAGE}`, 1) : await withDatabase(process.env, (url) => run(url, wanted));
