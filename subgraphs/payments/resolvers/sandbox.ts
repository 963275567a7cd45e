import { ApiError } from '../../../platform/errors.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { parseId } from '../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText } from '../../../platform/inputs.ts';
import { assetOfRail } from '../../../rails/bank/catalog/bankRails.ts';
import { type BankAccountDetails, faultOfDetails, maskOf } from '../../../rails/bank/details.ts';
import { ProviderSilentError } from '../../../rails/bank/provider.ts';
import { controlSimulator } from '../../../rails/bank/simulator/client.ts';
import type { ArrivalPlace } from '../../../rails/bank/virtualAccounts/findVirtualAccountFor.ts';
import { findVirtualAccounts } from '../../../rails/bank/virtualAccounts/readVirtualAccounts.ts';
import type { BankRailName } from '../../../rails/port.ts';
import { readMoney } from '../commands/inputs.ts';
import { givenOf, REFERENCE_LENGTH_MAX } from '../commands/readPayout.ts';
import type { Context } from '../context.ts';
import { sandboxOnly } from '../errors.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';

const REASON_CODE = /^[A-Z0-9]{2,8}$/;
const DELAY_MS_MAX = 86_400_000;
const PAYER_NAME_LENGTH_MAX = 140;
/** What the simulated payer's account is called. */
const PAYER_ACCOUNT = 'SIM000123456789';
const DONE = { __typename: 'SandboxDone', done: true } as const;

/** What the simulated bank is told. It keeps each key, so that telling it again does nothing. */
export const sandboxMutationResolvers: Pick<MutationResolvers, 'simulateBankDeposit' | 'setNextBankOutcome'> =
  {
    async simulateBankDeposit(_, { input }, context) {
      const { rail, amount, reference, payerName } = input;
      const asset = assetOfRail(rail);
      const fault =
        checkIdempotencyKey(input.idempotencyKey) ??
        checkOptionalText('reference', reference, 1, REFERENCE_LENGTH_MAX) ??
        checkOptionalText('payerName', payerName, 1, PAYER_NAME_LENGTH_MAX);
      if (fault) return fault;
      const amountMinor = readMoney(context.assets, asset, amount);
      if (typeof amountMinor !== 'bigint') return amountMinor;
      const payer = input.payer ? givenOf(input.payer) : null;
      const wrong = payer === null ? null : faultOfPayer(payer, rail);
      if (wrong) return wrong;
      const paidTo = await findPaidTo(context, input.virtualAccountId ?? null);
      if (paidTo === 'MISSING') return notFound(input.virtualAccountId ?? '');
      return tell(context, '/control/deposit', {
        ...{ key: input.idempotencyKey, rail, asset, reference },
        ...{ amountMinor: String(amountMinor), payerAccount: PAYER_ACCOUNT, paidTo },
        ...(payerName == null ? {} : { payerName }),
        ...(payer === null ? {} : { payer, payerAccount: maskOf(payer) }),
      });
    },
    async setNextBankOutcome(_, { input }, context) {
      const { outcome, reasonCode = null, delayMs = null } = input;
      const fault = checkIdempotencyKey(input.idempotencyKey);
      if (fault) return fault;
      if (reasonCode !== null && !REASON_CODE.test(reasonCode)) {
        return invalidInput('reasonCode', reasonCode, '2 to 8 capital letters and digits');
      }
      if (delayMs !== null && (delayMs < 0 || delayMs > DELAY_MS_MAX)) {
        return invalidInput('delayMs', delayMs, `0 to ${DELAY_MS_MAX} ms`);
      }
      return tell(context, '/control/outcome', { key: input.idempotencyKey, outcome, reasonCode, delayMs });
    },
  };

function faultOfPayer(payer: BankAccountDetails, rail: BankRailName): FailureView | null {
  if (payer.rail !== rail)
    return invalidInput('payer.rail', payer.rail, `the rail that the money comes by: ${rail}`);
  const wrong = faultOfDetails(payer);
  return wrong && invalidInput(`payer.${wrong.field}`, '(not shown)', wrong.expected);
}

/** The details that a payer was given, of this organization alone; null where none are named. */
async function findPaidTo(
  { reads, viewer }: Context,
  named: string | null,
): Promise<ArrivalPlace | 'MISSING' | null> {
  if (named === null) return null;
  const id = parseId('vac', named);
  const [account] = id === null ? [] : await findVirtualAccounts(reads, viewer.organizationId, [id]);
  if (!account) return 'MISSING';
  const { type, accountNumber, bankCode } = account;
  return { type, accountNumber, bankCode };
}

async function tell(
  { viewer, simulator }: Context,
  path: Parameters<typeof controlSimulator>[1],
  body: Readonly<Record<string, unknown>> & { readonly key: string },
): Promise<FailureView | typeof DONE> {
  if (simulator === null) return sandboxOnly();
  const { organizationId: customer } = viewer;
  // Keys of organizations, and of what they tell, do not meet.
  try {
    await controlSimulator(simulator, path, { ...body, customer, key: `${customer} ${path} ${body.key}` });
  } catch (error) {
    if (!(error instanceof ProviderSilentError)) throw error;
    throw new ApiError(
      'UNAVAILABLE',
      'the simulated bank does not answer; send the same again with the same key',
    );
  }
  return DONE;
}
