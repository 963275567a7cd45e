import type { LedgerAccount } from '../../../ledger/account.ts';
import { type NewAccount, openAccounts } from '../../../ledger/open.ts';
import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, newUuid, parseId } from '../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../platform/inputs.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../errors.ts';
import { accountOpened } from '../events.ts';
import type { CreateAccountInput } from '../generated/resolvers.ts';
import { type CreateAccount, commandOf, submit } from './command.ts';

const ACCOUNT_NAME_LENGTH_MAX = 200;

/** Opens a CUSTOMER account, or a TREASURY one of the organization itself. Safe to retry with the same key. */
export async function createAccount(
  context: Context,
  input: CreateAccountInput,
): Promise<LedgerAccount | FailureView> {
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkOptionalText('name', input.name, 0, ACCOUNT_NAME_LENGTH_MAX),
    context.services.assets.has(input.asset)
      ? null
      : invalidInput('asset', input.asset, 'the code of an Asset, such as USD'),
  );
  if (fault) return fault;
  const wanted = input.customerId ?? null;
  const customerId = wanted === null ? null : parseId('cus', wanted);
  // The organization is a holder as well: its own uuid, dressed up as a customer, must not find it.
  if (wanted !== null && (customerId === null || customerId === context.viewer.organizationId)) {
    return notFound(wanted);
  }
  const result = await submit(context, {
    ...commandOf(context, 'createAccount', input),
    accountId: newUuid(),
    customerId,
    asset: input.asset,
    name: input.name ?? null,
  });
  const failure = failureOf(result);
  if (failure) return failure;
  const id = present(parseId('acc', String(result.id)), 'id of the new account');
  return present(await context.loaders.account.load(id), 'new account');
}

/** Decides a batch through the ledger, which knows whose holder each customer is. */
export async function decideCreateAccounts(
  tx: Tx,
  commands: readonly CreateAccount[],
): Promise<readonly Outcome[]> {
  const accounts = commands.map(toNewAccount);
  const opened = await openAccounts(tx, accounts);
  return accounts.map((account, index) => {
    const rejection = opened[index];
    if (rejection === 'OPENED') {
      const result = { type: 'Account', id: formatId('acc', account.id) };
      return { result, events: [accountOpened(account)] };
    }
    // The asset was looked up and the id is fresh; the organization itself is a holder since its set-up.
    invariant(
      rejection?.code === 'HOLDER_NOT_FOUND' && account.kind === 'CUSTOMER',
      `account not opened: ${rejection?.code}`,
    );
    return { result: { type: 'NotFound', id: formatId('cus', account.holderId) }, events: [] };
  });
}

function toNewAccount(command: CreateAccount): NewAccount {
  const { accountId, organizationId, customerId, asset, name } = command;
  const kind = customerId === null ? 'TREASURY' : 'CUSTOMER';
  return { id: accountId, organizationId, holderId: customerId ?? organizationId, kind, asset, name };
}
