import type { Address, Hex } from 'viem';

/**
 * A key that everybody knows: the tenth of the development mnemonic, to which the local chain gives 10 000 coins. It
 * deploys, and it mints; the first nine are free for what a demo or a test does. Never holds anything of worth.
 */
export const localDeployerKey: Hex = '0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6';
export const localDeployerAddress: Address = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720';

export type LocalContracts = { readonly usdc: Address; readonly multisend: Address };

/** The same on every local chain: an address follows from who deploys, and from the nonce. */
export const localContracts: LocalContracts = {
  usdc: '0x700b6A60ce7EaaEA56F065753d8dcB9653dbAD35',
  multisend: '0xA15BB66138824a1c7167f5E85b957d04Dd34E468',
};
