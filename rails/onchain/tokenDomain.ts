import {
  type Address,
  type DecodeFunctionResultReturnType,
  decodeFunctionResult,
  domainSeparator,
  encodeFunctionData,
  parseAbi,
} from 'viem';
import type { ChainClient } from './rpc/chainReader.ts';

/** What a signature for a token is bound to (EIP-712). */
export interface TokenDomain {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly verifyingContract: Address;
}

/** The token does not say what it takes signatures for, or says what does not fit together. Retrying changes nothing. */
export class TokenDomainError extends Error {
  override readonly name = 'TokenDomainError';
}

export const tokenAbi = parseAbi([
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function version() view returns (string)',
  'function decimals() view returns (uint8)',
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
]);

type TokenFunction = (typeof tokenAbi)[number]['name'];
/** Name, version, chain id and contract, and neither salt nor anything else. */
const FOUR_FIELDS = '0x0f';

/**
 * The domain of a token, as the contract on this chain has it: the same token has another name elsewhere ("USDC" and "USD
 * Coin"). The separator is computed from it, for our chain and this contract, and has to be the contract's own: a signature
 * over any other domain would be refused, or would be good for another chain. Nothing is kept between calls.
 *
 * @throws {TokenDomainError} with what does not fit
 * @throws {ChainUnreachableError} safe to retry
 */
export async function readTokenDomain(
  client: Pick<ChainClient, 'call'>,
  chainId: number,
  contract: Address,
): Promise<TokenDomain> {
  const [told, name, version, separator] = await Promise.all([
    callToken(client, contract, 'eip712Domain'),
    callToken(client, contract, 'name'),
    callToken(client, contract, 'version'),
    callToken(client, contract, 'DOMAIN_SEPARATOR'),
  ]);
  if (separator === null) throw new TokenDomainError(`${contract} has no DOMAIN_SEPARATOR`);
  if (told !== null && told[0] !== FOUR_FIELDS)
    throw new TokenDomainError(`${contract} has a domain of other fields`);
  const domain: TokenDomain = {
    name: told?.[1] ?? name ?? '',
    version: told?.[2] ?? version ?? '',
    chainId,
    verifyingContract: contract,
  };
  if (domain.name === '' || domain.version === '')
    throw new TokenDomainError(`${contract} has no name or no version`);
  if (domainSeparator({ domain }) !== separator.toLowerCase()) {
    throw new TokenDomainError(
      `the DOMAIN_SEPARATOR of ${contract} is not that of "${domain.name}", version "${domain.version}", on chain ${chainId}`,
    );
  }
  return domain;
}

/** What the function returns; null where the contract does not have it, or where there is no contract. */
export async function callToken<Name extends TokenFunction>(
  client: Pick<ChainClient, 'call'>,
  contract: Address,
  functionName: Name,
): Promise<DecodeFunctionResultReturnType<typeof tokenAbi, Name> | null> {
  const data = encodeFunctionData({ abi: tokenAbi, functionName: functionName as TokenFunction });
  const returned = await client.call(contract, data, 'latest');
  if (returned === null || returned === '0x') return null;
  try {
    const value = decodeFunctionResult({
      abi: tokenAbi,
      functionName: functionName as TokenFunction,
      data: returned,
    });
    return value as DecodeFunctionResultReturnType<typeof tokenAbi, Name>;
  } catch {
    return null;
  }
}
