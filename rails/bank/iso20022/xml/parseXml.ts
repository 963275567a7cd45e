import { SaxesParser } from 'saxes';
import { MessageError, type MessageFaultCode } from '../messageError.ts';
import type { XmlDocument, XmlElement } from './element.ts';

/** 20 MB: some 20,000 payments. */
export const XML_BYTES_MAX = 20 * 1024 * 1024;
const DEPTH_MAX = 32;
/** 30 for each of 20,000 payments. */
const ELEMENTS_MAX = 600_000;
const ATTRIBUTES_MAX = 16;
const NAME_LENGTH_MAX = 64;
/** More than any element of a message may hold. */
const TEXT_LENGTH_MAX = 10_000;
const SCHEMA_INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';
const XMLNS = 'http://www.w3.org/2000/xmlns/';

interface OpenElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  readonly isForeign: boolean;
  text: string;
}

/**
 * The elements of a document. There are no document types, so no entities but the five of XML itself, and nothing is
 * ever fetched; depth, elements, names and texts are bounded while they are read.
 *
 * @param bytes UTF-8, with or without a byte order mark
 * @throws {MessageError} TOO_LARGE, ENCODING, DOCTYPE or NOT_WELL_FORMED
 */
export function parseXml(bytes: Uint8Array): XmlDocument {
  const text = decode(bytes);
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: OpenElement[] = [];
  let document: XmlDocument | null = null;
  let namespace = '';
  let elements = 0;
  const fail = (code: MessageFaultCode, expected: string): never => {
    const path = open.map(({ name }) => name).join('/');
    throw new MessageError([{ code, path: `${path} (line ${parser.line})`, value: null, expected }]);
  };
  const addText = (more: string): void => {
    const at = open.at(-1);
    if (at === undefined) return;
    if (at.text.length + more.length > TEXT_LENGTH_MAX)
      fail('TOO_LARGE', `${TEXT_LENGTH_MAX} letters at most`);
    at.text += more;
  };
  parser.on('error', () => fail('NOT_WELL_FORMED', 'well-formed XML'));
  parser.on('doctype', () => fail('DOCTYPE', 'no document type'));
  parser.on('processinginstruction', () => fail('NOT_WELL_FORMED', 'no processing instruction'));
  parser.on('xmldecl', ({ encoding, version }) => {
    if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') fail('ENCODING', 'UTF-8');
    if (version !== undefined && version !== '1.0') fail('NOT_WELL_FORMED', 'XML 1.0');
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('opentag', ({ local, uri, attributes }) => {
    elements += 1;
    if (elements > ELEMENTS_MAX) fail('TOO_LARGE', `${ELEMENTS_MAX} elements at most`);
    if (open.length >= DEPTH_MAX) fail('TOO_LARGE', `${DEPTH_MAX} levels at most`);
    const list = Object.values(attributes);
    if (list.length > ATTRIBUTES_MAX) fail('TOO_LARGE', `${ATTRIBUTES_MAX} attributes at most`);
    if (local.length > NAME_LENGTH_MAX) fail('TOO_LARGE', `names of ${NAME_LENGTH_MAX} letters at most`);
    if (open.length === 0) namespace = uri;
    // Blanks between elements are of no meaning, and a long list has many of them.
    const parent = open.at(-1);
    if (parent !== undefined && parent.text.trim() === '') parent.text = '';
    const kept = list.filter(
      (one) => one.uri !== XMLNS && one.uri !== SCHEMA_INSTANCE && one.name !== 'xmlns',
    );
    open.push({
      name: local,
      attributes: Object.fromEntries(kept.map((one) => [one.name, one.value])),
      children: [],
      isForeign: uri !== namespace,
      text: '',
    });
  });
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) document = { namespace, root: closed };
    else parent.children.push(closed);
  });
  parser.write(text).close();
  return document ?? fail('NOT_WELL_FORMED', 'one element');
}

function decode(bytes: Uint8Array): string {
  if (bytes.length > XML_BYTES_MAX)
    throw new MessageError([
      {
        code: 'TOO_LARGE',
        path: '',
        value: `${bytes.length} bytes`,
        expected: `${XML_BYTES_MAX} bytes at most`,
      },
    ]);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new MessageError([{ code: 'ENCODING', path: '', value: null, expected: 'UTF-8' }]);
  }
}
