import type { Subject } from '../subject.ts';
import type { Gateway, GatewaySettings } from './gateway.ts';
import { startHive } from './hive.ts';
import { startOurs } from './ours.ts';
import { startStock } from './stock.ts';

export interface StartOptions {
  readonly folder: string;
  readonly withHive: boolean;
  readonly report: (line: string) => void;
}

/**
 * Every gateway in front of one subject, once as it is and, where it can, once coalescing. One that does not start
 * is reported and left out.
 *
 * @throws when ours as it is does not start; what runs already is stopped then
 */
export async function startGateways(subject: Subject, options: StartOptions): Promise<readonly Gateway[]> {
  const { folder, withHive, report } = options;
  const settingsOf = (coalesces: boolean): GatewaySettings => ({
    folder,
    supergraphFile: subject.supergraphFile,
    coalesces,
    signing: subject.signing,
  });
  const starts: readonly (readonly [string, () => Promise<Gateway>])[] = [
    ['stock', () => startStock(settingsOf(false))],
    ...(withHive ? [false, true] : []).map(
      (coalesces) =>
        [`hive${coalesces ? ', coalescing' : ''}`, () => startHive(settingsOf(coalesces))] as const,
    ),
    ['omsx, coalescing', () => startOurs(settingsOf(true), subject.routerEnvironment)],
  ];
  const gateways: Gateway[] = [];
  try {
    for (const [name, start] of starts) {
      const started = await start().catch((error: unknown) => {
        report(`${name} did not start and is left out: ${String(error)}`);
        return null;
      });
      if (started !== null) gateways.push(started);
    }
    gateways.push(await startOurs(settingsOf(false), subject.routerEnvironment));
    return gateways;
  } catch (error) {
    await Promise.allSettled(gateways.map((gateway) => gateway.stop()));
    throw error;
  }
}
