import type { FailureView } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { type CreateQuoteRequest, readCreateQuote } from '../commands/createQuote.ts';
import { priceOf } from '../commands/priceOf.ts';
import { readSetPlatformFee, type SetPlatformFeeRequest } from '../commands/setPlatformFee.ts';
import type { Context } from '../context.ts';
import type { Quote } from '../domain/quote.ts';
import { failureOf } from '../errors.ts';
import type { PlatformFeeView } from '../views.ts';

/** Asks for the rate before the lane, as nothing outside is called while a tx is open. */
export async function createQuote(input: CreateQuoteRequest, context: Context): Promise<Quote | FailureView> {
  const { viewer, lane, loaders, assets, rates, reads } = context;
  const asked = await readCreateQuote(viewer.organizationId, input, assets, context.ways);
  if ('__typename' in asked) return asked;
  const command = { ...asked, ...(await priceOf(asked, rates, reads)) };
  const { result, replayed, quote: made } = await lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'Quote') return failureOf(result, assets);
  if (made) return made;
  return present(await loaders.findQuote(result.quoteId as Uuid), 'the quote of a result');
}

export async function setPlatformFee(
  input: SetPlatformFeeRequest,
  context: Context,
): Promise<PlatformFeeView | FailureView> {
  const { viewer, lane, assets } = context;
  const command = readSetPlatformFee(viewer.organizationId, input, assets);
  if ('__typename' in command) return command;
  const { result, replayed } = await lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'PlatformFee') return failureOf(result, assets);
  return {
    asset: String(result.asset),
    flatMinor: BigInt(String(result.flatMinor)),
    partsPerMillion: BigInt(String(result.partsPerMillion)),
  };
}
