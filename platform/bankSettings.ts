import { resolve } from 'node:path';
import type { ConfigReader } from './configReader.ts';

/** Which banks orders go to: those of the operator's file, and in the sandbox the simulated one. */
export interface BankSettings {
  /** Where the simulated bank is called; undefined where no bank is connected, but for `omsx up`, which starts one. */
  readonly simulatorUrl: string | undefined;
  /** Shared by the simulated bank and those who call it and whom it calls. */
  readonly secret: string | undefined;
  /** Where the simulated bank sends its callbacks. */
  readonly callbackUrl: string | undefined;
  /** JSON that changes what is known of rails between banks; see docs/banks.md. */
  readonly catalogFile: string | undefined;
  /** JSON of the operator about banks; see rails/bank/files/readBanks.ts. */
  readonly banksFile: string | undefined;
}

const HTTP = ['http:', 'https:'];

/** @param role that is started, `bank-simulator` among them */
export function readBankSettings(
  { text, url, secret, faults }: ConfigReader,
  role: string,
  mode: 'sandbox' | 'live',
): BankSettings {
  const isSimulator = role === 'bank-simulator';
  const banksFile = text('OMSX_BANKS_FILE');
  const simulatorUrl = url('OMSX_BANK_SIMULATOR_URL', HTTP, role === 'bank' && banksFile === undefined);
  const callbackUrl = url('OMSX_BANK_CALLBACK_URL', HTTP, isSimulator);
  const catalogFile = text('OMSX_BANK_CATALOG_FILE');
  if (mode === 'live' && (isSimulator || simulatorUrl !== undefined)) {
    faults.push('OMSX_MODE is live: expected no simulated bank, which moves no money');
  }
  return {
    simulatorUrl: simulatorUrl?.replace(/\/+$/, ''),
    secret: secret('OMSX_BANK_SECRET', isSimulator || simulatorUrl !== undefined),
    callbackUrl,
    catalogFile: catalogFile === undefined ? undefined : resolve(catalogFile),
    banksFile: banksFile === undefined ? undefined : resolve(banksFile),
  };
}
