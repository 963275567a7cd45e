import type { ConfigReader } from './configReader.ts';

/** Who checks customers; see subgraphs/accounts/adapters/httpKyc.ts. */
export interface KycSettings {
  /** Undefined: the sandbox's own provider, and in live mode each check is decided by hand. */
  readonly url: string | undefined;
  /** What the provider knows us by: neither logged nor told. */
  readonly token: string | undefined;
}

export function readKycSettings({ url, secret }: ConfigReader): KycSettings {
  return { url: url('OMSX_KYC_URL', ['http:', 'https:']), token: secret('OMSX_KYC_TOKEN', false) };
}
