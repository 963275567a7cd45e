import { setTimeout as sleep } from 'node:timers/promises';

/** The public API as an integrator's server uses it: asked again, blindly and with the same key, until it answers. */
export interface Api {
  /** @throws {RefusedError} when the API says no for good; plain errors when it never answered */
  ask<Data>(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Reply<Data>>;
  /** Sends a mutation whose one field is called `result`, again also when it says that it is retryable. */
  mutate(document: string, input: Readonly<Record<string, unknown>>): Promise<Reply<Result>>;
}

export interface Reply<Data> {
  readonly data: Data;
  /** The answer was decided by an earlier request with this key. */
  readonly replayed: boolean;
  readonly attempts: number;
}

/** A member of a result union, with the fields that `RESULT` selects. */
export interface Result {
  readonly __typename: string;
  readonly id?: string;
  readonly status?: string;
  readonly code?: string;
  readonly message?: string;
  readonly retryable?: boolean;
}

/** The API understood and said no: asking again would not help, and here it means a fault. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export interface ApiOptions {
  readonly url: string;
  readonly apiKey: string;
  /** Longer than any outage the test makes. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;
const ATTEMPT_TIMEOUT_MS = 5_000;
const RETRY_MIN_MS = 20;
const RETRY_MAX_MS = 400;

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly retryable?: boolean };
  }[];
  readonly extensions?: { readonly idempotentReplay?: boolean };
}

export function createApi(options: ApiOptions): Api {
  async function persist<Data>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    isFinal: (data: Data) => boolean,
  ): Promise<Reply<Data>> {
    const deadline = Date.now() + (options.patienceMs ?? PATIENCE_MS);
    let fault: unknown;
    for (let attempts = 1; Date.now() < deadline; attempts++) {
      try {
        const body = await post(options, document, variables);
        const data = readBody<Data>(body);
        if (isFinal(data)) return { data, attempts, replayed: body.extensions?.idempotentReplay === true };
        fault = JSON.stringify(data);
      } catch (error) {
        if (error instanceof RefusedError) throw error;
        fault = error;
      }
      await sleep(Math.min(RETRY_MIN_MS * 2 ** Math.min(attempts, 10), RETRY_MAX_MS));
    }
    throw new Error(`no answer in ${options.patienceMs ?? PATIENCE_MS} ms; at last: ${String(fault)}`);
  }
  return {
    ask: (document, variables = {}) => persist(document, variables, () => true),
    async mutate(document, input) {
      type Data = { readonly result: Result };
      const isFinal = ({ result }: Data): boolean => result.retryable !== true;
      const { data, ...reply } = await persist<Data>(document, { input }, isFinal);
      return { ...reply, data: data.result };
    },
  };
}

async function post(
  options: ApiOptions,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Body> {
  const response = await fetch(options.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${options.apiKey}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
  });
  return (await response.json()) as Body;
}

function readBody<Data>(body: Body): Data {
  const [fault] = body.errors ?? [];
  if (!fault) {
    if (body.data === undefined || body.data === null) throw new Error('an answer without data');
    return body.data as Data;
  }
  const said = `${fault.extensions?.code ?? 'no code'}: ${fault.message}`;
  throw fault.extensions?.retryable === true ? new Error(said) : new RefusedError(said);
}

/** What the mutations here select of any result. */
const RESULT = '__typename ... on Failure { code message retryable }';

export const CREATE_TRANSACTION = `mutation Create($input: CreateTransactionInput!) {
  result: createTransaction(input: $input) { ${RESULT} ... on Transaction { id status } }
}`;

export const CAPTURE_TRANSACTION = `mutation Capture($input: CaptureTransactionInput!) {
  result: captureTransaction(input: $input) { ${RESULT} ... on Transaction { id status } }
}`;

export const CANCEL_TRANSACTION = `mutation Cancel($input: CancelTransactionInput!) {
  result: cancelTransaction(input: $input) { ${RESULT} ... on Transaction { id status } }
}`;

export const REFUND_TRANSACTION = `mutation Refund($input: RefundTransactionInput!) {
  result: refundTransaction(input: $input) { ${RESULT} ... on Transaction { id status } }
}`;

export const FUND_SANDBOX = `mutation Fund($input: FundSandboxInput!) {
  result: fundSandbox(input: $input) { ${RESULT} ... on SandboxFunding { account { id } } }
}`;

export const CREATE_CUSTOMER = `mutation Onboard($input: CreateCustomerInput!) {
  result: createCustomer(input: $input) { ${RESULT} ... on Customer { id } }
}`;

export const CREATE_ACCOUNT = `mutation Open($input: CreateAccountInput!) {
  result: createAccount(input: $input) { ${RESULT} ... on Account { id } }
}`;

export const CREATE_WALLET = `mutation OpenWallet($input: CreateWalletInput!) {
  result: createWallet(input: $input) { ${RESULT} ... on Wallet { id } }
}`;
