import type { Address } from 'viem';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { parseAmount } from '../../../platform/money.ts';
import { parseAddress } from '../../../rails/onchain/address.ts';
import { findCustodyAddress } from '../../../rails/onchain/reads/addresses.ts';
import type { Context } from '../context.ts';
import { moneyOf, secondsUntilFinal } from '../domain/onchain.ts';
import { notOnChain } from '../errors.ts';
import type { EstimateSendInput } from '../generated/resolvers.ts';
import type { SendEstimateView } from '../views.ts';
import { findWallet } from './byId.ts';

/** What a send from the organization's custody address would cost. @throws {ApiError} UNAVAILABLE */
export async function estimateSend(
  { walletId, destinationAddress, amount }: EstimateSendInput,
  context: Context,
): Promise<SendEstimateView | FailureView> {
  const { catalogue, loaders, reads, viewer } = context;
  const wallet = await findWallet(walletId, context);
  if (wallet === null) return notFound(walletId);
  const destination = parseAddress(destinationAddress);
  if ('expected' in destination)
    return invalidInput('destinationAddress', destinationAddress, destination.expected);
  const parsed = parseAmount(amount, present(catalogue.assets.get(wallet.asset), `asset ${wallet.asset}`));
  if ('fault' in parsed) return invalidInput('amount', amount, parsed.expected);
  const network = await loaders.chain.findNetwork(wallet.network);
  if (!network?.assets.some(({ asset }) => asset === wallet.asset))
    return notOnChain(formatId('acc', wallet.id));
  const from = await findCustodyAddress(reads, viewer.organizationId, wallet.network);
  if (from === null) return notOnChain(formatId('acc', wallet.id));
  const { amountMinor } = parsed;
  const { address: to } = destination;
  const estimate = await context.estimateSend({
    network: wallet.network,
    asset: wallet.asset,
    from: from as Address,
    to,
    amountMinor,
  });
  return {
    __typename: 'SendEstimate',
    gasLimit: estimate.gasLimit,
    maxFeePerGasWei: estimate.maxFeePerGasWei,
    fee: moneyOf(catalogue, network.nativeAsset, estimate.expectedWei),
    feeMax: moneyOf(catalogue, network.nativeAsset, estimate.mostWei),
    isSponsored: true,
    expectedSeconds: secondsUntilFinal(network, amountMinor),
  };
}
