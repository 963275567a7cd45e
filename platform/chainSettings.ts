import { join, resolve } from 'node:path';
import type { ConfigReader, Environment } from './configReader.ts';

/** Where chains are reached, and what the keys of wallets are sealed with. */
export interface ChainSettings {
  /** HTTP endpoints of chains by code of the Network. They may hold keys: neither logged nor stored. */
  readonly rpcUrls: Readonly<Record<string, readonly string[]>>;
  /** JSON of the operator about Networks; see rails/onchain/networks/readNetworks.ts. */
  readonly networksFile: string | undefined;
  /** Whom somebody has to look at before money moves, one a line; see rails/screening/list/readLine.ts. */
  readonly screeningList: string | undefined;
  /** What seals the seeds of wallets where no KMS does; whoever reads it reads them, and whoever loses it loses them. */
  readonly keyFile: string;
  /** Key of AWS KMS, by id or ARN, that seals the seeds of wallets instead. */
  readonly kmsKeyId: string | undefined;
  /** By the names that AWS gives them. Credentials are undefined where something else provides them. */
  readonly aws: {
    readonly region: string | undefined;
    readonly accessKeyId: string | undefined;
    readonly secretAccessKey: string | undefined;
    readonly sessionToken: string | undefined;
  };
}

const RPC_URL_PREFIX = 'RPC_URL_';
const PROTOCOLS: readonly string[] = ['http:', 'https:'];
/** In a folder of its own, which only its owner may enter. */
const KEY_FILE = join('keys', 'seal.key');

/** @param folder where the key file is unless another is named */
export function readChainSettings(
  { text, faults }: ConfigReader,
  environment: Environment,
  folder: string,
): ChainSettings {
  const kmsKeyId = text('OMSX_KMS_KEY_ID');
  const region = text('AWS_REGION') ?? text('AWS_DEFAULT_REGION');
  if (kmsKeyId !== undefined && region === undefined) {
    faults.push('AWS_REGION is missing: expected the region of OMSX_KMS_KEY_ID');
  }
  const networksFile = text('OMSX_NETWORKS_FILE');
  const screeningList = text('OMSX_SCREENING_LIST');
  const names = Object.keys(environment).filter((name) => name.startsWith(RPC_URL_PREFIX));
  const lists = names.flatMap((name) => {
    const urls = readUrls(name, text(name) ?? '', faults);
    return urls.length === 0 ? [] : [[name.slice(RPC_URL_PREFIX.length), urls] as const];
  });
  return {
    rpcUrls: Object.fromEntries(lists),
    networksFile: networksFile === undefined ? undefined : resolve(networksFile),
    screeningList: screeningList === undefined ? undefined : resolve(screeningList),
    keyFile: resolve(text('OMSX_KEY_FILE') ?? join(folder, KEY_FILE)),
    kmsKeyId,
    aws: {
      region,
      accessKeyId: text('AWS_ACCESS_KEY_ID'),
      secretAccessKey: text('AWS_SECRET_ACCESS_KEY'),
      sessionToken: text('AWS_SESSION_TOKEN'),
    },
  };
}

/** They may hold keys, and are not repeated in a fault. */
function readUrls(name: string, value: string, faults: string[]): readonly string[] {
  const given = value.split(',').map((url) => url.trim());
  const urls = given.filter((url) => url !== '');
  if (!urls.every((url) => URL.canParse(url) && PROTOCOLS.includes(new URL(url).protocol))) {
    faults.push(
      `${name} is malformed: expected URLs that start with http:// or https://, separated by commas`,
    );
  }
  return urls;
}
