import { AwsV4Signer } from 'aws4fetch';
import { KeyVaultError, type KeyVaultFault } from './keyVault.ts';

const ANSWER_BYTES_MAX = 64 * 1024;
const TOO_MANY_REQUESTS = 429;
const SERVER_FAULT = 500;

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface KmsEndpoint {
  readonly url: string;
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly timeoutMs: number;
}

/** Errors of KMS and of the signature in front of it, by the names that its interface defines. */
const FAULTS: ReadonlyMap<string, KeyVaultFault> = new Map([
  ['InvalidCiphertextException', 'NOT_AUTHENTIC'],
  ['IncorrectKeyException', 'NOT_AUTHENTIC'],
  ['AccessDeniedException', 'DENIED'],
  ['ExpiredTokenException', 'DENIED'],
  ['IncompleteSignature', 'DENIED'],
  ['IncompleteSignatureException', 'DENIED'],
  ['InvalidClientTokenId', 'DENIED'],
  ['InvalidGrantTokenException', 'DENIED'],
  ['InvalidSignatureException', 'DENIED'],
  ['MissingAuthenticationToken', 'DENIED'],
  ['MissingAuthenticationTokenException', 'DENIED'],
  ['NotAuthorized', 'DENIED'],
  ['UnrecognizedClientException', 'DENIED'],
  ['DisabledException', 'MISCONFIGURED'],
  ['InvalidKeyUsageException', 'MISCONFIGURED'],
  ['KMSInvalidStateException', 'MISCONFIGURED'],
  ['NotFoundException', 'MISCONFIGURED'],
  ['ValidationException', 'MISCONFIGURED'],
  ['LimitExceededException', 'THROTTLED'],
  ['RequestLimitExceeded', 'THROTTLED'],
  ['ThrottlingException', 'THROTTLED'],
  ['DependencyTimeoutException', 'UNAVAILABLE'],
  ['KMSInternalException', 'UNAVAILABLE'],
  ['KeyUnavailableException', 'UNAVAILABLE'],
  ['ServiceUnavailable', 'UNAVAILABLE'],
]);

/**
 * One signed call of the KMS interface (`TrentService`, JSON 1.1). Both operations that we use change nothing at AWS,
 * so any call may be repeated.
 *
 * @throws {KeyVaultError} for every other outcome than a JSON object with status 200
 */
export async function callKms(
  endpoint: KmsEndpoint,
  operation: 'Encrypt' | 'Decrypt',
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const request = await sign(endpoint, operation, JSON.stringify(input));
  const { status, text } = await send(request, endpoint.timeoutMs);
  const answer = parseObject(text);
  if (status !== 200) throw faultOf(status, answer);
  if (answer === null)
    throw new KeyVaultError('MALFORMED', `${operation} was answered without a JSON object`);
  return answer;
}

async function sign(endpoint: KmsEndpoint, operation: string, body: string): Promise<Request> {
  let credentials: AwsCredentials;
  try {
    credentials = await endpoint.credentials();
  } catch {
    throw new KeyVaultError('DENIED', 'there are no AWS credentials');
  }
  const { method, url, headers } = await new AwsV4Signer({
    ...credentials,
    method: 'POST',
    url: endpoint.url,
    service: 'kms',
    region: endpoint.region,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` },
    body,
    // The content type has to be signed where there is one, which the library leaves out unless told.
    allHeaders: true,
  }).sign();
  return new Request(url, { method, headers, body, redirect: 'error' });
}

async function send(
  request: Request,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request, { signal });
    return { status: response.status, text: await readText(response) };
  } catch (error) {
    if (error instanceof KeyVaultError) throw error;
    const why = signal.aborted ? `AWS KMS did not answer in ${timeoutMs} ms` : 'AWS KMS cannot be reached';
    throw new KeyVaultError('UNAVAILABLE', why);
  }
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) throw new KeyVaultError('MALFORMED', 'the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** Without the parser's error, which quotes the text. */
function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function faultOf(status: number, answer: Readonly<Record<string, unknown>> | null): KeyVaultError {
  const type = answer?.__type ?? answer?.code;
  // `com.amazonaws.kms#NotFoundException` and `NotFoundException` are both in use.
  const name = typeof type === 'string' ? (type.split('#').at(-1) ?? '') : '';
  const known = FAULTS.get(name);
  if (known !== undefined) return new KeyVaultError(known, `AWS KMS says ${name}`);
  const detail = `AWS KMS answers with status ${status}`;
  if (status === TOO_MANY_REQUESTS) return new KeyVaultError('THROTTLED', detail);
  return new KeyVaultError(status >= SERVER_FAULT ? 'UNAVAILABLE' : 'MALFORMED', detail);
}
