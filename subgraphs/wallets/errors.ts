import type { StoredResult } from '../../platform/commandLane.ts';
import {
  externalIdTaken,
  type FailureView,
  invalidInput,
  keyFailure,
  notFound,
} from '../../platform/failures.ts';
import { present } from '../../platform/invariant.ts';

/** Failures that are decided in the lane, as they are kept for replays. Those found earlier are never kept. */
export type StoredFailure =
  | {
      readonly type: 'InvalidInput';
      readonly field: string;
      readonly value: string;
      readonly expected: string;
    }
  | { readonly type: 'NotFound'; readonly id: string }
  | { readonly type: 'AccountClosed'; readonly accountId: string }
  | { readonly type: 'NotOnChain'; readonly accountId: string }
  | { readonly type: 'ExternalIdTaken'; readonly externalId: string; readonly existingId: string }
  | { readonly type: 'DepositAddressClosed'; readonly id: string };

const VIEWS: Readonly<Record<StoredFailure['type'], (stored: StoredResult) => FailureView>> = {
  InvalidInput: ({ field, value, expected }) => invalidInput(String(field), value, String(expected)),
  NotFound: ({ id }) => notFound(String(id)),
  AccountClosed: ({ accountId }) => accountClosed(String(accountId)),
  NotOnChain: ({ accountId }) => notOnChain(String(accountId)),
  ExternalIdTaken: ({ externalId, existingId }) => externalIdTaken(String(externalId), String(existingId)),
  DepositAddressClosed: ({ id }) => depositAddressClosed(String(id)),
};

/** The failure that a stored result stands for. @throws {InvariantError} when it is not a failure. */
export function failureOf(result: StoredResult): FailureView {
  const view = keyFailure(result);
  if (view) return view;
  const types: Readonly<Record<string, ((stored: StoredResult) => FailureView) | undefined>> = VIEWS;
  return present(types[result.type], `a failure called ${result.type}`)(result);
}

export function assetNotOnNetwork(
  network: string,
  asset: string,
): FailureView & { network: string; asset: string } {
  return {
    __typename: 'AssetNotOnNetwork',
    code: 'ASSET_NOT_ON_NETWORK',
    message: `${network} does not carry ${asset}; the query networks lists what it carries`,
    retryable: false,
    network,
    asset,
  };
}

export function notOnChain(accountId: string): FailureView & { accountId: string } {
  return {
    __typename: 'NotOnChain',
    code: 'NOT_ON_CHAIN',
    message: `${accountId} backs no wallet with an address on a connected network`,
    retryable: false,
    accountId,
  };
}

export function sandboxOnly(): FailureView {
  return {
    __typename: 'SandboxOnly',
    code: 'SANDBOX_ONLY',
    message: 'this organization is live: money arrives by its rails only',
    retryable: false,
  };
}

function accountClosed(accountId: string): FailureView & { accountId: string } {
  return {
    __typename: 'AccountClosed',
    code: 'ACCOUNT_CLOSED',
    message: `${accountId} is closed`,
    retryable: false,
    accountId,
  };
}

function depositAddressClosed(depositAddressId: string): FailureView & { depositAddressId: string } {
  return {
    __typename: 'DepositAddressClosed',
    code: 'INVALID_STATE',
    message: `${depositAddressId} is CLOSED, and stays so; make another`,
    retryable: false,
    depositAddressId,
  };
}
