import { ApiError } from '../../../../platform/errors.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { formatId, parseId } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import { ProviderSilentError } from '../../../../rails/bank/provider.ts';
import { type CashControl, controlCashSimulator } from '../../../../rails/cash/simulator/client.ts';
import { readMoney } from '../../commands/inputs.ts';
import type { Context } from '../../context.ts';
import { sandboxOnly } from '../../errors.ts';
import type { MutationResolvers } from '../../generated/resolvers.ts';

const DONE = { __typename: 'SandboxDone', done: true } as const;

type Sandbox = 'simulateCashPayment' | 'simulateCashPickup' | 'setNextCashOutcome';

/** What the simulated counters are told. They keep each key, so that telling them again does nothing. */
export const cashSandbox: Pick<MutationResolvers, Sandbox> = {
  async simulateCashPayment(_, { input }, context) {
    const fault = checkIdempotencyKey(input.idempotencyKey) ?? faultOfSandbox(context);
    if (fault) return fault;
    const id = parseId('csh', input.cashInId);
    const cashIn = id === null ? null : await context.loaders.cash.findCashIn(id);
    if (cashIn === null) return notFound(input.cashInId);
    const { asset, orderId: orderKey } = cashIn;
    const amountMinor =
      input.amount == null ? cashIn.amountMinor : readMoney(context.assets, asset, input.amount);
    if (typeof amountMinor !== 'bigint') return amountMinor;
    const anyway = input.anyway ?? false;
    const body = { key: input.idempotencyKey, orderKey, amountMinor: String(amountMinor), anyway };
    const expected = 'one whose code can be paid by';
    return tell(context, '/control/payment', body, invalidInput('cashInId', input.cashInId, expected));
  },
  async simulateCashPickup(_, { input }, context) {
    const fault = checkIdempotencyKey(input.idempotencyKey) ?? faultOfSandbox(context);
    if (fault) return fault;
    const id = parseId('txn', input.transactionId);
    const pickup = id === null ? null : await context.loaders.cash.findPickup(id);
    if (pickup === null) return notFound(input.transactionId);
    const body = { key: input.idempotencyKey, orderKey: pickup.id, expires: input.expires ?? false };
    const refused = invalidInput('transactionId', formatId('txn', pickup.id), 'one that can be picked up');
    return tell(context, '/control/pickup', body, refused);
  },
  async setNextCashOutcome(_, { input }, context) {
    const fault = checkIdempotencyKey(input.idempotencyKey) ?? faultOfSandbox(context);
    if (fault) return fault;
    return tell(context, '/control/outcome', { key: input.idempotencyKey, outcome: input.outcome }, null);
  },
};

function faultOfSandbox({ cash }: Context): FailureView | null {
  return cash.simulator === null ? sandboxOnly() : null;
}

/** @param refused the answer when the counter does not do it */
async function tell(
  { viewer, cash }: Context,
  path: CashControl,
  body: Readonly<Record<string, unknown>> & { readonly key: string },
  refused: FailureView | null,
): Promise<FailureView | typeof DONE> {
  if (cash.simulator === null) return sandboxOnly();
  const { organizationId: customer } = viewer;
  // Keys of organizations, and of what they tell, do not meet.
  const key = `${customer} ${path} ${body.key}`;
  try {
    const isDone = await controlCashSimulator(cash.simulator, path, { ...body, customer, key });
    return isDone || refused === null ? DONE : refused;
  } catch (error) {
    if (!(error instanceof ProviderSilentError)) throw error;
    throw new ApiError(
      'UNAVAILABLE',
      'the simulated counters do not answer; send the same again with the same key',
    );
  }
}
