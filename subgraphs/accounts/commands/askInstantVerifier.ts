import { fingerprintOf } from '../../../platform/commandLane.ts';
import { present } from '../../../platform/invariant.ts';
import { openDetails } from '../../../rails/bank/externalAccounts/details.ts';
import type { ExternalAccountRow } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import type { InstantAnswer } from '../../../rails/bank/externalAccounts/instantVerifier.ts';
import type { Context } from '../context.ts';
import { commandOf, submit } from './command.ts';

/**
 * Asks the instant verifier about one that waits for it, and gives it as it is then; any other is given as it is. No tx is
 * open meanwhile. Safe to repeat: of two answers the first counts.
 */
export async function askInstantVerifier(
  context: Context,
  account: ExternalAccountRow,
): Promise<ExternalAccountRow> {
  if (account.status !== 'PENDING_VERIFICATION' || account.verification !== 'INSTANT') return account;
  const answer = await instantAnswer(context, account);
  if (answer.status === 'PENDING') return account;
  const replay = context.idempotentReplay;
  await submit(context, {
    ...commandOf(context, 'verifyExternalAccount', {}),
    fingerprint: fingerprintOf(account.id),
    externalAccountId: account.id,
    evidence: { kind: 'INSTANT', answer },
  });
  context.idempotentReplay = replay;
  return present(await context.loaders.externalAccount.load(account.id), 'external account');
}

/** What the verifier says of the place; PENDING where none is connected. */
export async function instantAnswer(
  { services }: Context,
  account: ExternalAccountRow,
): Promise<InstantAnswer> {
  if (services.instantVerifier === null) return { status: 'PENDING' };
  const { accountNumber, ownerName } = await openDetails(services.keyVault, account);
  const { type, bankCode } = account;
  return await services.instantVerifier.verify({ type, accountNumber, bankCode, ownerName });
}
