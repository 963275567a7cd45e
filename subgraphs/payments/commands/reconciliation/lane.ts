import { type CommandLane, createCommandLane, type Outcome } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Database, Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import { insertStatement } from '../../../../rails/bank/statements/insertStatement.ts';
import type { ImportBankStatementCommand } from './importBankStatement.ts';

/** Each may bring thousands of lines. */
const BATCH_SIZE_MAX = 2;
const QUEUE_MAX = 20;

const KEEP_FILE = statement(
  'payments.keep_statement_file',
  `insert into bank.message (id, adapter, direction, key, sealed, outcome) values ($1, $2, 'IN', $3, $4, 'APPLIED')
   on conflict (adapter, direction, key) do nothing`,
);

const FIND_FILE = statement(
  'payments.find_statement_file',
  `select id from bank.message where adapter = $1 and direction = 'IN' and key = $2`,
);

/**
 * Takes in statements that are files: message, statements, lines and key in one tx. What is made of the lines, the
 * comparison says.
 *
 * @param database role omsx_payments_writer
 */
export function createReconciliationLane(database: Database): CommandLane<ImportBankStatementCommand> {
  return createCommandLane<ImportBankStatementCommand>({
    name: 'reconciliation',
    database,
    async handle(tx, commands) {
      const outcomes: Outcome[] = [];
      for (const command of commands) outcomes.push(await takeIn(tx, command));
      return outcomes;
    },
    limits: { batchSizeMax: BATCH_SIZE_MAX, queueMax: QUEUE_MAX },
  });
}

async function takeIn(tx: Tx, command: ImportBankStatementCommand): Promise<Outcome> {
  const { adapter, messageKey, messageId, sealed, statements, takenInBy } = command;
  await tx.rows(KEEP_FILE, [messageId, adapter, messageKey, Buffer.from(sealed)]);
  const [message] = await tx.rows<{ readonly id: Uuid }>(FIND_FILE, [adapter, messageKey]);
  const arrived = {
    adapter,
    source: 'FILE',
    messageId: present(message, 'the message of a file').id,
    takenInBy,
  } as const;
  let [taken, lines, repeated] = [0, 0n, 0];
  for (const one of statements) {
    const count = await insertStatement(tx, arrived, one);
    if (count === null) repeated += 1;
    else [taken, lines] = [taken + 1, lines + count];
  }
  const result = { type: 'ImportedBankStatement', statements: taken, lines: String(lines), repeated };
  return { result, events: [] };
}
