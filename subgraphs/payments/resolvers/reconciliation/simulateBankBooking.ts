import { ApiError } from '../../../../platform/errors.ts';
import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../../platform/inputs.ts';
import { ProviderSilentError } from '../../../../rails/bank/provider.ts';
import { controlSimulator } from '../../../../rails/bank/simulator/client.ts';
import { readMoney } from '../../commands/inputs.ts';
import type { Context } from '../../context.ts';
import { sandboxOnly } from '../../errors.ts';
import type { SimulateBankBookingInput } from '../../generated/resolvers.ts';

const TEXT_LENGTH_MAX = 140;
const TEXT_DEFAULT = 'Booked by the bank';
const DONE = { __typename: 'SandboxDone', done: true } as const;

/** Tells the simulated bank, which keeps each key, so that telling it again does nothing. */
export async function simulateBankBooking(
  input: SimulateBankBookingInput,
  { simulator, viewer, assets }: Context,
): Promise<typeof DONE | FailureView> {
  if (simulator === null) return sandboxOnly();
  const { idempotencyKey, fault, text, gives = false } = input;
  const asset = input.asset ?? 'USD';
  const wrong = firstFault(
    checkIdempotencyKey(idempotencyKey),
    checkOptionalText('text', text, 1, TEXT_LENGTH_MAX),
  );
  if (wrong) return wrong;
  const isAmountAsked = fault === 'OWN' || fault === 'AMOUNT';
  if (isAmountAsked && input.amount == null)
    return invalidInput('amount', null, `an amount, as the fault is ${fault}`);
  const amount = input.amount == null ? 0n : readMoney(assets, asset, input.amount);
  if (typeof amount !== 'bigint') return amount;
  const signed = String(gives === true ? amount : -amount);
  const { organizationId: customer } = viewer;
  const path = fault === 'OWN' ? '/control/line' : '/control/line-fault';
  const told =
    fault === 'OWN'
      ? { asset, amountMinor: signed, text: text ?? TEXT_DEFAULT }
      : { fault, ...(fault === 'AMOUNT' ? { byMinor: signed } : {}) };
  try {
    // Keys of organizations, and of what they tell, do not meet.
    await controlSimulator(simulator, path, { ...told, customer, key: `${customer} line ${idempotencyKey}` });
  } catch (error) {
    if (!(error instanceof ProviderSilentError)) throw error;
    throw new ApiError(
      'UNAVAILABLE',
      'the simulated bank does not answer; send the same again with the same key',
    );
  }
  return DONE;
}
