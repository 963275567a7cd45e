import { createHash } from 'node:crypto';
import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { type Command, fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import type { KeyVault } from '../../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../../platform/vault/sealedBytes.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import { CURRENCY_SCALES } from '../../../../rails/bank/iso20022/decimal.ts';
import { MessageError } from '../../../../rails/bank/iso20022/messageError.ts';
import { readStatement } from '../../../../rails/bank/iso20022/readStatement.ts';
import type { StatementMessage } from '../../../../rails/bank/iso20022/statement.ts';
import { fileStatements } from '../../../../rails/bank/statements/fileStatements.ts';
import type { NewStatement } from '../../../../rails/bank/statements/newStatement.ts';

export const STATEMENT_BYTES_MAX = 2 * 1024 * 1024;
export const STATEMENT_LINES_MAX = 5_000;
const STATEMENTS_MAX = 100;
const ADAPTER = /^[A-Z0-9_]{1,32}$/;
const ADAPTER_EXPECTED = '1 to 32 capitals, digits and _';

/** What importBankStatement is asked, as it came. */
export interface ImportBankStatementRequest {
  readonly idempotencyKey: string;
  readonly adapter: string;
  readonly content: string;
}

export interface ImportBankStatementCommand extends Command {
  readonly operation: 'importBankStatement';
  readonly adapter: string;
  readonly messageId: Uuid;
  /** Of the content, so that the same file is the same message. */
  readonly messageKey: string;
  readonly sealed: Uint8Array;
  readonly statements: readonly NewStatement[];
  /** The ApiKey or Member that asks. */
  readonly takenInBy: string;
}

/**
 * Reads the whole file before anything is taken, and seals it. A failure found here is not kept: its key may be used again.
 *
 * @param vault is asked for only once the file is read
 */
export async function readImportBankStatement(
  viewer: Viewer,
  request: ImportBankStatementRequest,
  assets: AssetCatalogue,
  vault: () => Promise<KeyVault>,
): Promise<ImportBankStatementCommand | FailureView> {
  const { idempotencyKey, adapter, content } = request;
  const fault = checkIdempotencyKey(idempotencyKey);
  if (fault) return fault;
  if (!ADAPTER.test(adapter)) return invalidInput('adapter', adapter, ADAPTER_EXPECTED);
  const bytes = Buffer.from(content, 'utf8');
  if (bytes.length > STATEMENT_BYTES_MAX)
    return invalidInput('content', `${bytes.length} bytes`, `at most ${STATEMENT_BYTES_MAX} bytes`);
  const message = readMessage(bytes, assets);
  if ('__typename' in message) return message;
  const digest = createHash('sha256').update(bytes).digest('hex');
  const messageId = newUuid();
  const sealed = await sealBytes(await vault(), bytes, { purpose: 'omsx-bank-message', id: messageId });
  const { organizationId, subjectId } = viewer;
  return {
    organizationId,
    operation: 'importBankStatement',
    idempotencyKey,
    fingerprint: fingerprintOf({ adapter, digest }),
    adapter,
    messageId,
    messageKey: `file ${organizationId} ${digest}`,
    sealed,
    statements: fileStatements(message, organizationId),
    takenInBy: subjectId,
  };
}

function readMessage(bytes: Uint8Array, assets: AssetCatalogue): StatementMessage | FailureView {
  const read = readOrFail(bytes);
  if ('__typename' in read) return read;
  const { statements } = read;
  const lineCount = statements.reduce((sum, { lines }) => sum + lines.length, 0);
  if (statements.length > STATEMENTS_MAX || lineCount > STATEMENT_LINES_MAX) {
    const expected = `at most ${STATEMENTS_MAX} statements of ${STATEMENT_LINES_MAX} lines together`;
    return invalidInput('content', `${statements.length} statements of ${lineCount} lines`, expected);
  }
  for (const { currency } of statements) {
    const asset = assets.get(currency);
    if (!asset || asset.scale !== CURRENCY_SCALES.get(currency))
      return invalidInput('content', currency, 'currencies that we keep books in');
  }
  return read;
}

/** The first fault; `npm run bank:read` tells all of a file. */
function readOrFail(bytes: Uint8Array): StatementMessage | FailureView {
  try {
    return readStatement(bytes);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const [fault] = error.faults;
    return invalidInput('content', fault?.value ?? null, `${fault?.path ?? ''}: ${fault?.expected ?? ''}`);
  }
}
