import { NATIVE } from '../keys/calldata.ts';
import type { RecipientKind, SigningPolicy } from '../keys/signerPolicy.ts';
import type { NetworkConfig } from '../network.ts';
import type { Signatory } from './asked.ts';

/** What may be signed with the key of `signatory`. @param known addresses of ours among the recipients */
export function policyOf(
  signatory: Signatory,
  isSweep: boolean,
  network: NetworkConfig,
  known: readonly Signatory[],
  authorizationSecondsMax: bigint,
): SigningPolicy {
  const { maxFeePerGasWeiMax, transactionFeeWeiMax } = network.fees;
  return {
    chainId: network.chainId,
    assets: network.assets.map(({ contract, perTransactionMinorMax, perDayMinorMax }) => ({
      asset: contract ?? NATIVE,
      perTransactionMinorMax,
      perDayMinorMax,
    })),
    multisendContracts: network.multisend === null ? [] : [network.multisend],
    recipientKinds: recipientKindsOf(signatory, isSweep),
    // What leaves the gas tank is given away, also when it goes to one of ours.
    homeKinds: new Set<RecipientKind>(signatory.purpose === 'TANK' ? [] : ['OWN_CUSTODY']),
    knownRecipients: new Map(known.map((one) => [one.address.toLowerCase(), kindOf(one, signatory)])),
    maxFeePerGasWeiMax,
    transactionFeeWeiMax,
    authorizationSecondsMax,
  };
}

/** Payments leave, sweeps come home, refills go to whoever of ours pays for gas; there is nothing else. */
function recipientKindsOf({ purpose }: Signatory, isSweep: boolean): ReadonlySet<RecipientKind> {
  if (purpose === 'TANK') return new Set<RecipientKind>(['OWN_CUSTODY', 'OWN_DEPOSIT']);
  return new Set<RecipientKind>([purpose === 'DEPOSIT' || isSweep ? 'OWN_CUSTODY' : 'EXTERNAL']);
}

function kindOf(recipient: Signatory, { purpose, organizationId }: Signatory): RecipientKind {
  if (recipient.purpose === 'TANK') return 'GAS_TANK';
  if (purpose === 'TANK' || recipient.organizationId === organizationId)
    return recipient.purpose === 'CUSTODY' ? 'OWN_CUSTODY' : 'OWN_DEPOSIT';
  // Another organization's deposit address credits it, as one outside would; its custody address credits nobody.
  return recipient.purpose === 'DEPOSIT' ? 'EXTERNAL' : 'BLOCKED';
}
