import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { checkOptionalText, checkText, firstFault } from '../../../platform/inputs.ts';
import type { PostalAddress } from '../../../rails/bank/externalAccounts/details.ts';
import { REACHED_BY } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import { isCountry } from '../../../rails/bank/identifiers/bic.ts';
import { EXTERNAL_ID_LENGTH_MAX } from './customer.ts';

const OWNER_NAME_LENGTH_MAX = 140;
const ATTESTATION_LENGTH_MAX = 500;
const ASSETS_MAX = 10;
const NETWORK_FORM = /^[A-Z][A-Z0-9_]{1,39}$/;

/** What a client says of a place outside, but for the number itself. */
export interface ExternalAccountDraft {
  readonly type: keyof typeof REACHED_BY;
  readonly network: string | null;
  readonly assets: readonly string[] | null;
  readonly ownerName: string;
  readonly ownerAddress: PostalAddress | null;
  readonly verification: 'INSTANT' | 'MICRO_DEPOSITS' | 'ATTESTATION';
  readonly attestation: string | null;
  readonly externalId: string | null;
}

/** The first rule that a draft breaks, or null. @param isAsset true for the code of an Asset */
export function checkDraft(
  draft: ExternalAccountDraft,
  isAsset: (code: string) => boolean,
): FailureView | null {
  const isChain = draft.type === 'CHAIN_ADDRESS';
  return firstFault(
    checkText('ownerName', draft.ownerName.trim(), 1, OWNER_NAME_LENGTH_MAX) && badOwnerName(),
    draft.ownerAddress && checkAddress(draft.ownerAddress),
    checkOptionalText('externalId', draft.externalId, 1, EXTERNAL_ID_LENGTH_MAX),
    checkPresence('network', draft.network, isChain, draft.type),
    draft.network === null || NETWORK_FORM.test(draft.network)
      ? null
      : invalidInput('network', draft.network, 'the code of a Network, such as POLYGON'),
    checkAssets(draft, isAsset),
    isChain && draft.verification === 'MICRO_DEPOSITS'
      ? invalidInput('verification', draft.verification, 'INSTANT or ATTESTATION for a CHAIN_ADDRESS')
      : null,
    checkPresence('attestation', draft.attestation, draft.verification === 'ATTESTATION', draft.verification),
    checkOptionalText('attestation', draft.attestation, 1, ATTESTATION_LENGTH_MAX),
  );
}

/** The Assets that can be sent there. */
export function assetsOf(draft: Pick<ExternalAccountDraft, 'type' | 'assets'>): readonly string[] {
  const { asset } = REACHED_BY[draft.type];
  return asset === null ? [...new Set(draft.assets ?? [])] : [asset];
}

/** Without the name: it is somebody's, and what was sent is known to the sender. */
function badOwnerName(): FailureView {
  return invalidInput('ownerName', null, `a name of 1 to ${OWNER_NAME_LENGTH_MAX} characters`);
}

function checkAssets(draft: ExternalAccountDraft, isAsset: (code: string) => boolean): FailureView | null {
  const { asset } = REACHED_BY[draft.type];
  const { assets } = draft;
  if (asset !== null) {
    return assets === null || (assets.length === 1 && assets[0] === asset)
      ? null
      : invalidInput('assets', assets.join(', '), `${asset}, or nothing, for a ${draft.type}`);
  }
  if (assets === null || assets.length === 0 || assets.length > ASSETS_MAX) {
    return invalidInput('assets', `${assets?.length ?? 0} assets`, `1 to ${ASSETS_MAX} codes of Assets`);
  }
  const index = assets.findIndex((code) => !isAsset(code));
  return index < 0
    ? null
    : invalidInput(`assets.${index}`, assets[index], 'the code of an Asset, such as USDC');
}

function checkAddress(address: PostalAddress): FailureView | null {
  const { line1, line2, city, region, postalCode, country } = address;
  const fault = firstFault(
    checkText('ownerAddress.line1', line1, 1, 200),
    checkOptionalText('ownerAddress.line2', line2, 0, 200),
    checkText('ownerAddress.city', city, 1, 100),
    checkOptionalText('ownerAddress.region', region, 0, 100),
    checkOptionalText('ownerAddress.postalCode', postalCode, 0, 20),
  );
  if (fault) return fault;
  return isCountry(country)
    ? null
    : invalidInput('ownerAddress.country', country, 'two letters of ISO 3166-1, such as US');
}

function checkPresence(
  field: string,
  value: string | null,
  wanted: boolean,
  kind: string,
): FailureView | null {
  if ((value !== null) === wanted) return null;
  return wanted
    ? invalidInput(field, null, `a value, as it is a ${kind}`)
    : invalidInput(field, value, `nothing, as it is a ${kind}`);
}
