import { findDate } from '../../calendar/civilDate.ts';
import { MessageError, type MessageFault } from '../messageError.ts';
import type { XmlElement } from '../xml/element.ts';
import type { ElementRule, Type } from './types.ts';

const FAULTS_MAX = 50;
const VALUE_SHOWN_MAX = 80;
const ZONE = '(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?';
const DATE = new RegExp(`^([0-9]{4}-[0-9]{2}-[0-9]{2})${ZONE}$`);
const DATE_TIME = new RegExp(
  `^([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?${ZONE}$`,
);
const DECIMAL = /^([+-]?)0*([0-9]*)(?:\.([0-9]*?)0*)?$/;
/** Far more than any number has, so that a long row of zeros costs nothing. */
const DECIMAL_LENGTH_MAX = 40;
const BOOLEANS = ['true', 'false', '1', '0'];
const CURRENCY = /^[A-Z]{3}$/;
/** What no XML document can carry, written out or not. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** A place in the document; written out only when something is wrong there. */
interface Place {
  readonly name: string;
  /** From 1, among those of its name; 0 where there can be one only. */
  readonly index: number;
  readonly parent: Place | null;
}

/**
 * Checks elements, their order and number, and every value, against the definition of a message. The same for what we
 * read and for what we write.
 *
 * @throws {MessageError} STRUCTURE, with all faults up to 50
 */
export function validate(root: XmlElement, type: Type): void {
  const faults: MessageFault[] = [];
  validateElement(root, type, { name: root.name, index: 0, parent: null }, faults);
  if (faults.length > 0) throw new MessageError(faults);
}

function validateElement(element: XmlElement, type: Type, place: Place, faults: MessageFault[]): void {
  if (type.kind === 'unread') return;
  if (element.isForeign) fault(faults, place, element.name, 'an element of the namespace of the message');
  const hasCurrency = type.kind === 'decimal' && type.hasCurrency;
  for (const name of Object.keys(element.attributes)) {
    if (!hasCurrency || name !== 'Ccy') fault(faults, place, name, 'no such attribute');
  }
  if (type.kind === 'sequence' || type.kind === 'choice') {
    if (element.text.trim() !== '')
      fault(faults, place, element.text.trim(), 'elements, and no text between them');
    if (type.kind === 'sequence') validateSequence(element, type.elements, place, faults);
    else validateChoice(element, type.elements, place, faults);
    return;
  }
  const child = element.children[0];
  if (child !== undefined) fault(faults, place, child.name, 'a value, and no elements');
  if (hasCurrency && !CURRENCY.test(element.attributes.Ccy ?? ''))
    fault(faults, place, element.attributes.Ccy ?? null, 'an attribute Ccy of three capitals');
  const expected = expectation(element.text, type);
  if (expected !== null) fault(faults, place, element.text, expected);
}

function validateSequence(
  { children }: XmlElement,
  rules: readonly ElementRule[],
  place: Place,
  faults: MessageFault[],
): void {
  let at = 0;
  for (const rule of rules) {
    const taken = validateRun(children, at, rule, place, faults);
    at += taken;
    if (taken >= rule.min) continue;
    fault(faults, place, children[at]?.name ?? null, `element ${rule.name}`);
    return;
  }
  const left = children[at];
  if (left !== undefined) fault(faults, place, left.name, 'no such element there, or no more of them');
}

function validateChoice(
  { children }: XmlElement,
  rules: readonly ElementRule[],
  place: Place,
  faults: MessageFault[],
): void {
  const rule = rules.find(({ name }) => name === children[0]?.name);
  const taken = rule === undefined ? 0 : validateRun(children, 0, rule, place, faults);
  const names = rules.map(({ name }) => name).join(' or ');
  if (taken === 0 || taken < children.length)
    fault(faults, place, children[taken]?.name ?? null, `either ${names}`);
}

/** Checks as many of the rule's elements as stand there from `start` on, and answers how many. */
function validateRun(
  children: readonly XmlElement[],
  start: number,
  rule: ElementRule,
  parent: Place,
  faults: MessageFault[],
): number {
  let taken = 0;
  for (; taken < rule.max; taken++) {
    const child = children[start + taken];
    if (child === undefined || child.name !== rule.name) break;
    const index = rule.max > 1 ? taken + 1 : 0;
    validateElement(child, rule.type, { name: child.name, index, parent }, faults);
  }
  return taken;
}

/** What should stand there, or null when what stands there is right. */
function expectation(
  text: string,
  type: Exclude<Type, { readonly kind: 'sequence' | 'choice' | 'unread' }>,
): string | null {
  switch (type.kind) {
    case 'text': {
      // Letters outside the basic plane count once, as in XML Schema.
      const isLong = text.length > type.lengthMax && [...text].length > type.lengthMax;
      const isRight = text !== '' && !isLong && !NOT_XML.test(text) && (type.pattern?.test(text) ?? true);
      return isRight ? null : type.says;
    }
    case 'codes':
      return type.codes.includes(text) ? null : `one of ${type.codes.join(', ')}`;
    case 'boolean':
      return BOOLEANS.includes(text.trim()) ? null : 'true or false';
    case 'date':
      return findDate(DATE.exec(text.trim())?.[1] ?? '') === null ? 'a day as YYYY-MM-DD' : null;
    case 'dateTime':
      return findDate(DATE_TIME.exec(text.trim())?.[1] ?? '') === null
        ? 'a time as YYYY-MM-DDThh:mm:ss'
        : null;
    case 'decimal': {
      const number = text.trim().slice(0, DECIMAL_LENGTH_MAX + 1);
      const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(number) ?? [];
      const isNumber = /[0-9]/.test(text) && number.length <= DECIMAL_LENGTH_MAX && DECIMAL.test(number);
      const isRight =
        isNumber &&
        (type.isSigned || sign !== '-') &&
        fraction.length <= type.fractionMax &&
        whole.length + fraction.length <= type.digitsMax;
      return isRight
        ? null
        : `a number of ${type.digitsMax} digits at most, ${type.fractionMax} of them decimals`;
    }
  }
}

function fault(faults: MessageFault[], place: Place, value: string | null, expected: string): void {
  const shown = value?.slice(0, VALUE_SHOWN_MAX) ?? null;
  faults.push({ code: 'STRUCTURE', path: pathOf(place), value: shown, expected });
  if (faults.length >= FAULTS_MAX) throw new MessageError(faults);
}

function pathOf({ name, index, parent }: Place): string {
  const own = index === 0 ? name : `${name}[${index}]`;
  return parent === null ? own : `${pathOf(parent)}/${own}`;
}
