import type { Address } from 'viem';

export interface ScreeningAnswer {
  readonly outcome: 'CLEAR' | 'REFUSED';
  /** Which version of which list gave the answer; kept with the send. */
  readonly list: string;
}

/** Whether money may go to an address. Whoever cannot say throws, and the send waits: nothing leaves unscreened. */
export interface Screening {
  /** @param network code of the Network */
  screen(address: Address, network: string): Promise<ScreeningAnswer>;
}
