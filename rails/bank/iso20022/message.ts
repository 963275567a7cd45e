import { MessageError, type MessageFault, type MessageFaultCode } from './messageError.ts';
import type { Type } from './structure/types.ts';
import { validate } from './structure/validate.ts';
import { find, type XmlElement } from './xml/element.ts';
import { parseXml } from './xml/parseXml.ts';
import { writeXml } from './xml/writeXml.ts';

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:';
const FAULTS_MAX = 50;

export interface Definition {
  /** `pain.002.001.10`. */
  readonly version: string;
  readonly structure: Type;
}

/**
 * The message in a document: the element that `Document` has, after all of it was checked against its definition.
 *
 * @throws {MessageError}
 */
export function readMessage<D extends Definition>(
  bytes: Uint8Array,
  definitions: readonly D[],
): { readonly definition: D; readonly message: XmlElement } {
  const { namespace, root } = parseXml(bytes);
  const definition = definitions.find(({ version }) => namespace === `${NAMESPACE}${version}`);
  const message = root.children[0];
  if (definition === undefined || root.name !== 'Document') {
    const expected = `Document of ${definitions.map(({ version }) => version).join(' or ')}`;
    const value = `${root.name} of ${namespace}`.slice(0, 80);
    throw new MessageError([{ code: 'WRONG_MESSAGE', path: root.name.slice(0, 80), value, expected }]);
  }
  validate(root, definition.structure);
  if (message === undefined) throw new MessageError([missing()]);
  return { definition, message };
}

function missing(): MessageFault {
  return { code: 'STRUCTURE', path: 'Document', value: null, expected: 'a message' };
}

/**
 * A message as a document, after it was checked against its definition: the same rules as for what we read.
 *
 * @throws {MessageError}
 */
export function writeMessage({ version, structure }: Definition, message: XmlElement): string {
  const root = { name: 'Document', attributes: {}, children: [message], text: '', isForeign: false };
  validate(root, structure);
  return writeXml({ namespace: `${NAMESPACE}${version}`, root });
}

/** Collects what the structure cannot say: sums, ids, currencies. */
export function createFaults() {
  const faults: MessageFault[] = [];
  return {
    add(code: MessageFaultCode, path: string, value: string | null, expected: string): void {
      faults.push({ code, path, value: value?.slice(0, 80) ?? null, expected });
      if (faults.length >= FAULTS_MAX) throw new MessageError(faults);
    },
    /** @throws {MessageError} when there is any */
    end(): void {
      if (faults.length > 0) throw new MessageError(faults);
    },
  };
}

export type MessageFaults = ReturnType<typeof createFaults>;

/** A day of a choice between a day and a time, as the bank wrote it, without the time. */
export function dayAt(of: XmlElement | null, path: string): string | null {
  const at = find(of, path);
  const text = find(at, 'Dt')?.text ?? find(at, 'DtTm')?.text ?? null;
  return text === null ? null : text.trim().slice(0, 10);
}
