import type { Learnt } from '../load/queries.ts';
import type { Worker } from '../load/worker.ts';
import type { Gateway } from './gateways/gateway.ts';
import { keyOf } from './measure.ts';
import type { Subject, SubjectQuery } from './subject.ts';

const EXCERPT_BEFORE = 80;
const EXCERPT_AFTER = 200;

/**
 * Asks every gateway everything and compares: a gateway is fast by leaving nothing out. The generator knows from
 * here on what each answer has to be, to the byte.
 *
 * @returns bytes of an answer
 * @throws naming the two gateways and the place when their data differ
 */
export async function compareAnswers(
  generator: Worker,
  subject: Subject,
  query: SubjectQuery,
  gateways: readonly Gateway[],
): Promise<number> {
  const { bodies } = query;
  await query.prepare?.();
  let first: { readonly gateway: Gateway; readonly learnt: Learnt } | undefined;
  for (const gateway of gateways) {
    const job = { key: keyOf(gateway, query), url: gateway.url, headers: subject.headers, bodies };
    const learnt = await generator.call<Learnt>('learn', job);
    first ??= { gateway, learnt };
    const index = learnt.hashes.findIndex((hash, place) => hash !== first?.learnt.hashes[place]);
    if (index >= 0)
      throw new Error(await describeDifference(generator, [first.gateway, gateway], query, index));
  }
  return first?.learnt.bytes ?? 0;
}

async function describeDifference(
  generator: Worker,
  gateways: readonly [Gateway, Gateway],
  query: SubjectQuery,
  index: number,
): Promise<string> {
  const keys = gateways.map((gateway) => keyOf(gateway, query));
  const texts: string[] = [];
  for (const key of keys) texts.push(await generator.call<string>('answer', { key, index }));
  const [one = '', other = ''] = texts;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const excerpts = texts.map((text) => text.slice(Math.max(0, at - EXCERPT_BEFORE), at + EXCERPT_AFTER));
  return `answers to request ${index} differ\n${keys.map((key, place) => `${key}: ${excerpts[place]}`).join('\n')}`;
}
