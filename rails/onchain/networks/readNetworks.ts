import type { NetworkConfig } from '../network.ts';
import { base } from './base.ts';
import type { NetworkDefinition } from './definition.ts';
import { ethereum } from './ethereum.ts';
import { createFieldReader, type Fields, isFields } from './fieldReader.ts';
import { local } from './local.ts';
import { polygon } from './polygon.ts';
import { polygonAmoy } from './polygonAmoy.ts';
import { readDefinition } from './readDefinition.ts';

const KNOWN: readonly NetworkDefinition[] = [polygon, polygonAmoy, ethereum, base, local];
const ENDPOINTS_MAX = 16;
/** For a Network that an operator describes, unless said: we do not know that it has no worth. */
const ENDPOINTS_MIN = 2;

/** Lists every fault at once, each with its path and what was expected; values are left out, as URLs hold keys. */
export class NetworksError extends Error {
  override readonly name = 'NetworksError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the networks have ${faults.length} fault(s):\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * The Networks that this deployment is connected to: those with endpoints.
 *
 * @param rpcUrls by code of the Network
 * @param overrides what the operator's file says, by code: of a known Network any fields, merged into ours, of another
 *   one all of them (`endpointsMin` and `explorerUrl` may be left out). Amounts are strings, `assets` are by code, lists
 *   replace ours. Undefined: there is no file.
 * @throws {NetworksError}
 */
export function readNetworks(
  rpcUrls: Readonly<Record<string, readonly string[]>>,
  overrides: unknown,
): readonly NetworkConfig[] {
  const faults: string[] = [];
  const reader = createFieldReader(faults);
  const given = overrides ?? {};
  if (!isFields(given)) throw new NetworksError(['the file: expected an object of networks by code']);
  const codes = new Set([...KNOWN.map(({ code }) => code), ...Object.keys(given)]);
  const definitions = [...codes].map((code) => {
    reader.code(code, `"${code.slice(0, 40)}"`);
    const known = KNOWN.find((one) => one.code === code);
    const ours: Fields = known === undefined ? { endpointsMin: ENDPOINTS_MIN } : asFields(known);
    const override = given[code];
    const isWhole = override === undefined || isFields(override);
    return readDefinition(code, isWhole ? merge(ours, override ?? {}) : override, reader);
  });
  requireDistinctChains(definitions, faults);
  for (const code of Object.keys(rpcUrls)) {
    if (!codes.has(code))
      faults.push(`RPC_URL_${code}: expected a network that is known or described in the file`);
  }
  const networks = definitions.flatMap((definition) =>
    connect(definition, rpcUrls[definition.code] ?? [], faults),
  );
  if (faults.length > 0) throw new NetworksError(faults);
  return networks;
}

function connect(
  { endpointsMin, ...definition }: NetworkDefinition,
  urls: readonly string[],
  faults: string[],
): readonly NetworkConfig[] {
  if (urls.length === 0) return [];
  const { code } = definition;
  if (urls.length > ENDPOINTS_MAX)
    faults.push(`RPC_URL_${code}: expected ${ENDPOINTS_MAX} endpoints at most`);
  if (new Set(urls).size !== urls.length) faults.push(`RPC_URL_${code}: expected each endpoint once`);
  if (urls.length < endpointsMin) {
    const way = `or ${code}.endpointsMin set to ${urls.length} in the file`;
    faults.push(`RPC_URL_${code}: expected ${endpointsMin} endpoints of different providers, ${way}`);
  }
  return [{ ...definition, rpcUrls: urls }];
}

function requireDistinctChains(definitions: readonly NetworkDefinition[], faults: string[]): void {
  for (const [at, { code, chainId }] of definitions.entries()) {
    const other = definitions.slice(0, at).find((before) => before.chainId === chainId);
    const isRead = !faults.some((fault) => fault.startsWith(`${code}.chainId:`));
    if (other !== undefined && isRead) {
      faults.push(`${code}.chainId: expected another than that of ${other.code}`);
    }
  }
}

function asFields({ code: _, assets, ...rest }: NetworkDefinition): Fields {
  return { ...rest, assets: Object.fromEntries(assets.map(({ asset, ...fields }) => [asset, fields])) };
}

/** Objects are merged; everything else replaces what was there. */
function merge(ours: Fields, theirs: Fields): Fields {
  const merged = Object.entries(theirs).map(([name, value]) => {
    const own = Object.hasOwn(ours, name) ? ours[name] : undefined;
    return [name, isFields(own) && isFields(value) ? merge(own, value) : value];
  });
  return { ...ours, ...Object.fromEntries(merged) };
}
