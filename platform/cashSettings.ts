import type { ConfigReader } from './configReader.ts';

/** Which network of counters codes and pickups go to. So far that is the simulated one, so that in live mode there is none. */
export interface CashSettings {
  /** Where the simulated counters are called; undefined where none are connected, but for `omsx up`, which starts them. */
  readonly simulatorUrl: string | undefined;
  /** Shared by the simulated counters and those who call them and whom they call. */
  readonly secret: string | undefined;
  /** Where the simulated counters send their callbacks. */
  readonly callbackUrl: string | undefined;
}

const HTTP = ['http:', 'https:'];

/** @param role that is started, `cash-simulator` among them */
export function readCashSettings(
  { url, secret, faults }: ConfigReader,
  role: string,
  mode: 'sandbox' | 'live',
): CashSettings {
  const isSimulator = role === 'cash-simulator';
  const simulatorUrl = url('OMSX_CASH_SIMULATOR_URL', HTTP, role === 'cash');
  const callbackUrl = url('OMSX_CASH_CALLBACK_URL', HTTP, isSimulator);
  if (mode === 'live' && (isSimulator || simulatorUrl !== undefined)) {
    faults.push('OMSX_MODE is live: expected no simulated counters, which hand over no cash');
  }
  return {
    simulatorUrl: simulatorUrl?.endsWith('/') ? simulatorUrl.slice(0, -1) : simulatorUrl,
    secret: secret('OMSX_CASH_SECRET', isSimulator || simulatorUrl !== undefined),
    callbackUrl,
  };
}
