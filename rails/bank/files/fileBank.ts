import type { Uuid } from '../../../platform/id.ts';
import type { BankRailName } from '../../port.ts';
import type { Agent, BankAccount } from '../iso20022/party.ts';
import type { Pain001Version } from '../iso20022/structure/pain001.ts';
import type { AchOriginator } from '../nacha/composeCredits.ts';

/** When orders that wait are made into a file: whatever comes first. */
export interface Gathering {
  /** Orders of one file. */
  readonly ordersMax: number;
  /** How long the oldest of them waits at the most, in seconds. */
  readonly waitSeconds: number;
  /** A file is made so long before each cut-off of a rail in it, in seconds. */
  readonly beforeCutOffSeconds: number;
}

/** What all banks by files have in common. */
interface Common {
  /** Name of the adapter, as rows have it. */
  readonly code: string;
  readonly rails: readonly BankRailName[];
  /** Whose orders it takes; null for those of everybody. */
  readonly organizations: readonly Uuid[] | null;
  /** Where files for the bank are put. */
  readonly outbox: string;
  /** Where files of the bank are found. */
  readonly inbox: string;
  readonly gathering: Gathering;
  /** Accounts whose statements are ours: IBANs, or numbers as the bank writes them. */
  readonly accounts: readonly string[];
  /** Of which message money that arrives is taken: a bank tells of it in both. */
  readonly arrivals: 'camt.053' | 'camt.054';
  /** Whose money it is that arrives on these accounts; null where nobody knows, and each arrival is a difference. */
  readonly arrivalsFor: Uuid | null;
  /** For how long a file of the bank has to stay as it is before it is read, in milliseconds. */
  readonly settledMs: number;
}

/** Who pays, as a pain.001 says it. */
export interface IsoOriginator {
  readonly name: string;
  readonly organizationId: string | null;
  readonly account: BankAccount;
  readonly agent: Agent | null;
}

export interface IsoBank extends Common {
  readonly format: Pain001Version;
  readonly characters: 'SEPA' | 'ANY';
  readonly originator: IsoOriginator;
}

export interface NachaBank extends Common {
  readonly format: 'NACHA';
  readonly originator: AchOriginator;
  readonly entryClass: 'PPD' | 'CCD';
  /** What receivers see, ten characters at most. */
  readonly entryDescription: string;
}

/** A bank that is spoken to by files in two folders. */
export type FileBank = IsoBank | NachaBank;

/** Rails that each format carries. */
export const RAILS_OF_FORMAT: Readonly<Record<FileBank['format'], readonly BankRailName[]>> = {
  'pain.001.001.09': ['SEPA', 'WIRE', 'ACH', 'FPS'],
  'pain.001.001.03': ['SEPA', 'WIRE', 'ACH', 'FPS'],
  NACHA: ['ACH'],
};

/** What is sealed is 1 MiB at most, and the bytes of a file are kept sealed. */
export const FILE_BYTES_MAX = 1_048_576;
