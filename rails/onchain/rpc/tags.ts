import type { Logger } from '../../../platform/log.ts';
import type { Tags } from './chainReader.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointFault, type RpcAnswer, resultOf } from './endpointFault.ts';
import type { EndpointSet } from './endpointSet.ts';
import type { RpcLimits } from './limits.ts';
import { type Header, readHeader } from './readBlocks.ts';

const TAGS = ['latest', 'safe', 'finalized'] as const;

interface View {
  readonly endpoint: Endpoint;
  readonly head: Header;
  readonly safeNumber: bigint;
  readonly finalized: Header;
}

/**
 * The tags as the endpoints see them together: the head of the one that is furthest, and the finalized block of the one
 * that is least far, which every one of them is asked for. Endpoints that are behind do not hold finality back, but are
 * asked for that block too. An endpoint that does not answer counts as one that does not agree: with two endpoints of
 * which one is out nothing has two witnesses.
 *
 * @throws {ChainUnreachableError}
 */
export async function readTags(endpoints: EndpointSet, limits: RpcLimits, logger: Logger): Promise<Tags> {
  const views = await readViews(endpoints, limits);
  const [furthest] = views.toSorted((a, b) => Number(b.head.number - a.head.number));
  if (furthest === undefined) throw endpoints.unreachable('its tags', describe(endpoints));
  for (const { endpoint, head } of views) endpoint.observeBehind(Number(furthest.head.number - head.number));
  const wanted = views.filter(({ endpoint }) => !endpoint.isLagging);
  const [least = furthest] = wanted.toSorted((a, b) => Number(a.finalized.number - b.finalized.number));
  const witnesses = await readWitnesses(views, least.finalized.number, limits);
  const [finalized, agreements] = mostNamed(witnesses, least.finalized);
  if (agreements < witnesses.length) {
    logger.warn({ block: String(finalized.number) }, 'endpoints name different finalized blocks');
  }
  return {
    headNumber: furthest.head.number,
    headHash: furthest.head.hash,
    safeNumber: furthest.safeNumber,
    finalizedNumber: finalized.number,
    finalizedHash: finalized.hash,
    finalizedAtMs: finalized.timestampMs,
    agreements,
    endpoints: endpoints.all.length,
  };
}

/** Those left alone after a fault are not asked, unless there are no others. */
async function readViews(endpoints: EndpointSet, limits: RpcLimits): Promise<readonly View[]> {
  const order = endpoints.byPreference;
  const well = order.filter((endpoint) => !endpoint.isBackingOff);
  const views = await viewsOf(well, limits);
  return views.length > 0
    ? views
    : await viewsOf(
        order.filter((endpoint) => !well.includes(endpoint)),
        limits,
      );
}

async function viewsOf(endpoints: readonly Endpoint[], limits: RpcLimits): Promise<readonly View[]> {
  const calls = TAGS.map((tag) => ({ method: 'eth_getBlockByNumber', params: [tag, false] }));
  return await answersOf(endpoints, async (endpoint) =>
    endpoint.ask(
      calls,
      ([latest, safe, finalized]) =>
        readView(endpoint, headerOf(latest), headerOf(safe), headerOf(finalized)),
      limits.tagsTimeoutMs,
    ),
  );
}

/** Behind one name there may be many nodes: where the finalized block came from a newer one, it is the head. */
function readView(endpoint: Endpoint, latest: Header, safe: Header, finalized: Header): View {
  const head = latest.number < finalized.number ? finalized : latest;
  const safest = safe.number < finalized.number ? finalized : safe;
  return { endpoint, head, safeNumber: safest.number, finalized };
}

function headerOf(answer: RpcAnswer | undefined): Header {
  const header = readHeader(resultOf(answer));
  if (header === null) throw new EndpointFault('NOT_HERE', 'a tag');
  return header;
}

/** The block at that height as each has it, the preferred endpoint's first; those that have none are left out. */
async function readWitnesses(
  views: readonly View[],
  number: bigint,
  limits: RpcLimits,
): Promise<readonly Header[]> {
  const others = views.filter(({ finalized }) => finalized.number !== number);
  const calls = [{ method: 'eth_getBlockByNumber', params: [`0x${number.toString(16)}`, false] }];
  const asked = await answersOf(
    others.map(({ endpoint }) => endpoint),
    async (endpoint) =>
      endpoint.ask(
        calls,
        ([answer]) => {
          const header = headerOf(answer);
          if (header.number !== number) throw new EndpointFault('NONSENSE', 'another block');
          return header;
        },
        limits.tagsTimeoutMs,
      ),
  );
  const told = views.flatMap(({ finalized }) => (finalized.number === number ? [finalized] : []));
  return [...told, ...asked];
}

/** Where as many name one hash as another, the one of the preferred endpoint. */
function mostNamed(witnesses: readonly Header[], otherwise: Header): readonly [Header, number] {
  let best: readonly [Header, number] = [otherwise, 0];
  for (const header of witnesses) {
    const count = witnesses.filter(({ hash }) => hash === header.hash).length;
    if (count > best[1]) best = [header, count];
  }
  return best;
}

async function answersOf<T>(
  endpoints: readonly Endpoint[],
  ask: (endpoint: Endpoint) => Promise<T>,
): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(endpoints.map(ask));
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [outcome.value];
    if (outcome.reason instanceof EndpointFault) return [];
    throw outcome.reason;
  });
}

function describe(endpoints: EndpointSet): readonly string[] {
  return endpoints.all.map(({ health }) => `${health.name}: ${health.status}`);
}
