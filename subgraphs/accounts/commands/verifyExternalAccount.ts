import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, parseId } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import { parseAmount } from '../../../platform/money.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { readNow } from '../../../platform/sandboxClock.ts';
import {
  type LockedExternalAccount,
  lockExternalAccounts,
  updateExternalAccounts,
} from '../../../rails/bank/externalAccounts/changeExternalAccounts.ts';
import type { ExternalAccountRow } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import { hmacOfAmounts, isSameFingerprint } from '../../../rails/bank/externalAccounts/fingerprint.ts';
import { MICRO_TRIES_MAX } from '../../../rails/bank/externalAccounts/microDeposits.ts';
import type { Context } from '../context.ts';
import { decideVerification, isLastTry, WRONG_TOO_OFTEN } from '../domain/decideVerification.ts';
import { externalAccountState, failureOf } from '../errors.ts';
import { externalAccountDeclined, externalAccountVerified } from '../events.ts';
import type { VerifyExternalAccountInput } from '../generated/resolvers.ts';
import { instantAnswer } from './askInstantVerifier.ts';
import { commandOf, submit, type VerifyExternalAccount } from './command.ts';

const AMOUNTS = 2;

/** Proves whose a place outside is. Safe to retry with the same key, which counts as one try. */
export async function verifyExternalAccount(
  context: Context,
  input: VerifyExternalAccountInput,
): Promise<ExternalAccountRow | FailureView> {
  const fault = checkIdempotencyKey(input.idempotencyKey);
  if (fault) return fault;
  const id = parseId('xac', input.id);
  const account = id && (await context.loaders.externalAccount.load(id));
  if (!account) return notFound(input.id);
  const evidence = await evidenceOf(context, account, input.amounts ?? null);
  if ('code' in evidence) return evidence;
  const result = await submit(context, {
    ...commandOf(context, 'verifyExternalAccount', input),
    externalAccountId: account.id,
    evidence,
  });
  const failure = failureOf(result);
  if (failure) return failure;
  return present(await context.loaders.externalAccount.load(account.id), 'external account');
}

async function evidenceOf(
  context: Context,
  account: ExternalAccountRow,
  amounts: readonly string[] | null,
): Promise<VerifyExternalAccount['evidence'] | FailureView> {
  if (account.verification === 'ATTESTATION')
    return externalAccountState(formatId('xac', account.id), account.status);
  if (account.verification === 'INSTANT') {
    return amounts === null
      ? { kind: 'INSTANT', answer: await instantAnswer(context, account) }
      : invalidInput('amounts', `${amounts.length} amounts`, 'nothing, as a verifier is asked');
  }
  if (amounts?.length !== AMOUNTS) {
    return invalidInput('amounts', `${amounts?.length ?? 0} amounts`, 'the two amounts that arrived');
  }
  const asset = present(context.services.assets.get(present(account.assets[0], 'asset')), 'asset');
  const minor: bigint[] = [];
  for (const [index, amount] of amounts.entries()) {
    const parsed = parseAmount(amount, asset);
    if (!('amountMinor' in parsed)) return invalidInput(`amounts.${index}`, amount, parsed.expected);
    minor.push(parsed.amountMinor);
  }
  const hmac = hmacOfAmounts(context.services.placeKey, account.id, minor);
  return { kind: 'MICRO_DEPOSITS', hmac };
}

/** Decides a batch in order on top of the locked rows, so that two tries at once are two tries. */
export async function decideVerifyExternalAccounts(
  tx: Tx,
  commands: readonly VerifyExternalAccount[],
): Promise<readonly Outcome[]> {
  const ids = [...new Set(commands.map((command) => command.externalAccountId))];
  // Read after the locks were waited for.
  const [accounts, now] = await Promise.all([lockExternalAccounts(tx, ids), readNow(tx)]);
  const changed = new Map<string, LockedExternalAccount>();
  const outcomes = commands.map((command) => {
    const account = accounts.get(command.externalAccountId);
    const id = formatId('xac', command.externalAccountId);
    if (account?.organizationId !== command.organizationId) {
      return { result: { type: 'NotFound', id }, events: [] };
    }
    const { next, outcome } = decideOne(account, id, command.evidence, now);
    if (next !== account) {
      accounts.set(account.id, next);
      changed.set(account.id, next);
    }
    return outcome;
  });
  await updateExternalAccounts(tx, [...changed.values()]);
  return outcomes;
}

function decideOne(
  account: LockedExternalAccount,
  id: string,
  evidence: VerifyExternalAccount['evidence'],
  now: Date,
): { readonly next: LockedExternalAccount; readonly outcome: Outcome } {
  const isRight =
    evidence.kind === 'MICRO_DEPOSITS' &&
    account.microHmac !== null &&
    isSameFingerprint(evidence.hmac, account.microHmac);
  const known = evidence.kind === 'INSTANT' ? evidence : { kind: evidence.kind, isRight };
  const decided = decideVerification(account, known, now);
  const version = account.version + 1;
  // Who says amounts before they are there guesses: that is no try, and no proof.
  const isGuess = decided.kind === 'WRONG' || (decided.kind === 'CHANGED' && decided.status === 'VERIFIED');
  const isTooEarly = evidence.kind === 'MICRO_DEPOSITS' && isGuess && !account.microArrived;
  if (decided.kind === 'NOT_PENDING' || isTooEarly) {
    const { status } = account;
    return { next: account, outcome: { result: { type: 'ExternalAccountState', id, status }, events: [] } };
  }
  if (decided.kind === 'WAITING') {
    return { next: account, outcome: { result: { type: 'ExternalAccount', id }, events: [] } };
  }
  if (decided.kind === 'CHANGED') {
    const next = { ...account, status: decided.status, reason: decided.reason, version };
    const event = decided.status === 'VERIFIED' ? externalAccountVerified : externalAccountDeclined;
    return { next, outcome: { result: { type: 'ExternalAccount', id }, events: [event(next)] } };
  }
  const { microTries } = decided;
  const result = { type: 'VerificationFailed', triesLeft: MICRO_TRIES_MAX - microTries };
  if (!isLastTry(microTries)) {
    return { next: { ...account, microTries }, outcome: { result, events: [] } };
  }
  const next = { ...account, microTries, status: 'DECLINED' as const, reason: WRONG_TOO_OFTEN, version };
  return { next, outcome: { result, events: [externalAccountDeclined(next)] } };
}
