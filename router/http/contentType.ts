import { HttpRefusal } from './refusal.ts';

const UTF8 = /^charset="?utf-?8"?$/i;

/**
 * Takes a body only as JSON in UTF-8. That is also what keeps forged posts out: a form or a page of another origin can
 * send text, forms and nothing without asking first, but not JSON.
 *
 * @throws {HttpRefusal} 415
 */
export function requireJson(contentType: string | undefined): void {
  // What nearly all clients send.
  if (contentType === 'application/json') return;
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  if (type.toLowerCase() !== 'application/json') {
    throw new HttpRefusal(
      415,
      `The content-type is "${type.slice(0, 100)}": expected application/json, which pages of other origins cannot send unasked.`,
      ['accept', 'application/json'],
    );
  }
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  if (charset === undefined || UTF8.test(charset)) return;
  throw new HttpRefusal(415, 'The charset of the body is not known: expected utf-8.');
}
