import type { FinalityPolicy, FinalityStep } from '../finality.ts';
import type { FeePolicy, GasPolicy, NetworkAsset } from '../network.ts';
import { ASSET_SCALES, type NetworkDefinition } from './definition.ts';
import type { FieldReader } from './fieldReader.ts';

const CHAIN_ID_MAX = 2 ** 48;
const HOUR_MS = 3_600_000;
const BLOCKS_MAX = 100_000;
const ENDPOINTS_MAX = 16;
const IN_FLIGHT_MAX = 1_000;
const BUMPS_MAX = 50;
/** What nodes ask of a replacement at least, and what nobody means to pay. */
const BUMP_PER_MILLE_MIN = 100;
const BUMP_PER_MILLE_MAX = 1_000;
const EXPLORER = /^https?:\/\/[^\s?#@]+[^/\s?#@]$/;

const FIELDS = [
  ...['chainId', 'endpointsMin', 'explorerUrl', 'blockTimeMs', 'nativeAsset', 'assets', 'multisend'],
  ...['finality', 'fees', 'gas', 'inFlightMax'],
];
const ASSET_FIELDS = [
  ...['contract', 'scale', 'depositMinimumMinor', 'transfersExactly', 'hasAuthorizations', 'sweepFromMinor'],
  ...['perTransactionMinorMax', 'perDayMinorMax'],
];
const FEE_FIELDS = [
  ...[
    'priorityFeePerGasWeiMin',
    'maxFeePerGasWeiMax',
    'transactionFeeWeiMax',
    'bumpPerMille',
    'bumpAfterBlocks',
  ],
  'bumpsMax',
];

/** A whole Network, its assets by code, from something of unknown form; what is wrong goes to the reader's faults. */
export function readDefinition(code: string, value: unknown, reader: FieldReader): NetworkDefinition {
  const { fault, fields, integer } = reader;
  const of = fields(value, code, FIELDS);
  const explorerUrl = of.explorerUrl ?? null;
  if (explorerUrl !== null && !(typeof explorerUrl === 'string' && EXPLORER.test(explorerUrl))) {
    fault(`${code}.explorerUrl`, 'null or a URL without a slash at its end');
  }
  const nativeAsset = reader.code(of.nativeAsset, `${code}.nativeAsset`);
  const multisend = of.multisend ?? null;
  return {
    code,
    chainId: integer(of.chainId, `${code}.chainId`, 1, CHAIN_ID_MAX),
    endpointsMin: integer(of.endpointsMin, `${code}.endpointsMin`, 1, ENDPOINTS_MAX),
    explorerUrl: typeof explorerUrl === 'string' ? explorerUrl : null,
    blockTimeMs: integer(of.blockTimeMs, `${code}.blockTimeMs`, 100, HOUR_MS),
    nativeAsset,
    assets: readAssets(of.assets, code, nativeAsset, reader),
    multisend: multisend === null ? null : reader.address(multisend, `${code}.multisend`),
    finality: readFinality(of.finality, `${code}.finality`, reader),
    fees: readFees(of.fees, `${code}.fees`, reader),
    gas: readGas(of.gas, `${code}.gas`, reader),
    inFlightMax: integer(of.inFlightMax, `${code}.inFlightMax`, 1, IN_FLIGHT_MAX),
  };
}

function readAssets(
  value: unknown,
  code: string,
  nativeAsset: string,
  reader: FieldReader,
): readonly NetworkAsset[] {
  const byCode = reader.fields(value, `${code}.assets`, [...ASSET_SCALES.keys()]);
  const assets = Object.entries(byCode)
    .filter(([asset]) => ASSET_SCALES.has(asset))
    .map(([asset, item]) => readAsset(asset, item, `${code}.assets.${asset}`, reader));
  const coins = assets.filter(({ contract }) => contract === null);
  if (coins.length !== 1 || coins[0]?.asset !== nativeAsset) {
    reader.fault(`${code}.assets`, 'one asset without a contract, the nativeAsset');
  }
  const contracts = assets.map(({ contract }) => contract);
  if (new Set(contracts).size !== contracts.length)
    reader.fault(`${code}.assets`, 'a contract for one asset only');
  return assets;
}

function readAsset(asset: string, value: unknown, path: string, reader: FieldReader): NetworkAsset {
  const { amount, flag } = reader;
  const of = reader.fields(value, path, ASSET_FIELDS);
  const scale = ASSET_SCALES.get(asset) ?? 0;
  if (of.scale !== scale) reader.fault(`${path}.scale`, `${scale}, as the ledger has it`);
  const contract = of.contract === null ? null : reader.address(of.contract, `${path}.contract`);
  const found: NetworkAsset = {
    asset,
    contract,
    scale,
    depositMinimumMinor: amount(of.depositMinimumMinor, `${path}.depositMinimumMinor`, 1n),
    transfersExactly: flag(of.transfersExactly, `${path}.transfersExactly`),
    hasAuthorizations: flag(of.hasAuthorizations, `${path}.hasAuthorizations`),
    sweepFromMinor: amount(of.sweepFromMinor, `${path}.sweepFromMinor`, 1n),
    perTransactionMinorMax: amount(of.perTransactionMinorMax, `${path}.perTransactionMinorMax`, 1n),
    perDayMinorMax: amount(of.perDayMinorMax, `${path}.perDayMinorMax`, 1n),
  };
  if (contract === null && found.hasAuthorizations)
    reader.fault(`${path}.hasAuthorizations`, 'false for a coin');
  if (found.perDayMinorMax < found.perTransactionMinorMax) {
    reader.fault(`${path}.perDayMinorMax`, 'no less than perTransactionMinorMax');
  }
  return found;
}

function readFinality(value: unknown, path: string, reader: FieldReader): FinalityPolicy {
  const of = reader.fields(value, path, ['agreementsMin', 'steps', 'finalizedAgeMaxMs']);
  const steps = reader
    .list(of.steps, `${path}.steps`)
    .map((item, at) => readStep(item, `${path}.steps[${at}]`, reader));
  const isOpen =
    steps.length > 0 &&
    steps.every(({ belowMinor }, at) => (belowMinor === null) === (at === steps.length - 1));
  if (!isOpen) reader.fault(`${path}.steps`, 'belowMinor null in the last step and in no other');
  const isRising = steps.every((step, at) => {
    const before = steps[at - 1];
    if (before === undefined) return true;
    const isHigher = step.belowMinor === null || (before.belowMinor ?? 0n) < step.belowMinor;
    return isHigher && before.confirmationsMin <= step.confirmationsMin;
  });
  if (!isRising) reader.fault(`${path}.steps`, 'amounts that rise, and confirmations that do not fall');
  return {
    agreementsMin: reader.integer(of.agreementsMin, `${path}.agreementsMin`, 1, ENDPOINTS_MAX),
    steps,
    finalizedAgeMaxMs: reader.integer(of.finalizedAgeMaxMs, `${path}.finalizedAgeMaxMs`, 1_000, 24 * HOUR_MS),
  };
}

function readStep(value: unknown, path: string, reader: FieldReader): FinalityStep {
  const of = reader.fields(value, path, ['belowMinor', 'confirmationsMin']);
  const belowMinor = of.belowMinor === null ? null : reader.amount(of.belowMinor, `${path}.belowMinor`, 1n);
  return {
    belowMinor,
    confirmationsMin: reader.integer(of.confirmationsMin, `${path}.confirmationsMin`, 1, BLOCKS_MAX),
  };
}

function readFees(value: unknown, path: string, reader: FieldReader): FeePolicy {
  const { amount, integer } = reader;
  const of = reader.fields(value, path, FEE_FIELDS);
  const fees: FeePolicy = {
    priorityFeePerGasWeiMin: amount(of.priorityFeePerGasWeiMin, `${path}.priorityFeePerGasWeiMin`),
    maxFeePerGasWeiMax: amount(of.maxFeePerGasWeiMax, `${path}.maxFeePerGasWeiMax`, 1n),
    transactionFeeWeiMax: amount(of.transactionFeeWeiMax, `${path}.transactionFeeWeiMax`, 1n),
    bumpPerMille: integer(of.bumpPerMille, `${path}.bumpPerMille`, BUMP_PER_MILLE_MIN, BUMP_PER_MILLE_MAX),
    bumpAfterBlocks: integer(of.bumpAfterBlocks, `${path}.bumpAfterBlocks`, 1, BLOCKS_MAX),
    bumpsMax: integer(of.bumpsMax, `${path}.bumpsMax`, 0, BUMPS_MAX),
  };
  if (fees.maxFeePerGasWeiMax < fees.priorityFeePerGasWeiMin) {
    reader.fault(`${path}.maxFeePerGasWeiMax`, 'no less than priorityFeePerGasWeiMin');
  }
  return fees;
}

function readGas(value: unknown, path: string, reader: FieldReader): GasPolicy {
  const of = reader.fields(value, path, ['refillBelowWei', 'refillWei']);
  return {
    refillBelowWei: reader.amount(of.refillBelowWei, `${path}.refillBelowWei`),
    refillWei: reader.amount(of.refillWei, `${path}.refillWei`, 1n),
  };
}
