import { join } from 'node:path';
import { choosePort } from '../../../platform/embedded/ports.ts';
import { projectRoot } from '../../../platform/paths.ts';
import type { Gateway, GatewaySettings } from './gateway.ts';
import { startProcess } from './processOf.ts';

const PROGRAM = join(projectRoot, 'bin', 'omsx.mjs');
/** As the executable itself has it. */
const NODE_ARGUMENTS = ['--max-semi-space-size=32'];
/** The first start has to make the bundle. */
const START_WAIT_MS = 120_000;

/**
 * Our router as its own command starts it: alone in front of any subgraphs, or as a role of the platform.
 *
 * @param environment of the role; null for the router alone
 */
export async function startOurs(
  settings: GatewaySettings,
  environment: Readonly<Record<string, string>> | null,
): Promise<Gateway> {
  const { coalesces, folder, nodeArguments = [], supergraphFile } = settings;
  const port = await choosePort([]);
  const standalone = ['--supergraph', supergraphFile, '--port', String(port)];
  const running = await startProcess({
    args: [
      ...NODE_ARGUMENTS,
      ...nodeArguments,
      PROGRAM,
      'router',
      ...(environment === null ? standalone : []),
    ],
    environment: {
      OMSX_FOLDER: join(folder, 'state'),
      OMSX_PORT: String(port),
      OMSX_LOG_LEVEL: 'warn',
      // What is told of the rest of a budget changes with each answer, and all load comes from one address.
      OMSX_BUDGET_PER_SECOND: '0',
      ...coalescingOf(coalesces),
      ...environment,
    },
    logFile: join(folder, 'omsx.log'),
    healthUrl: `http://127.0.0.1:${port}/health`,
    waitMs: START_WAIT_MS,
  });
  const url = `http://127.0.0.1:${port}/graphql`;
  return {
    name: 'omsx',
    coalesces,
    rootPid: running.pid,
    url,
    stop: async () => void (await running.stop()),
  };
}

/** Both kinds, of requests of clients and of requests to subgraphs, are off unless they are asked for. */
function coalescingOf(coalesces: boolean): Readonly<Record<string, string>> {
  return coalesces ? { OMSX_COALESCE: 'true' } : {};
}
