import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../paths.ts';
import type { Absence } from './redisBinary.ts';

/** How to run the node of the local chain. */
export type ChainBinary = { readonly program: string };

/** npm's names of architectures are not the ones in the names of the packages. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Finds the anvil that npm installed for this machine. The program itself and not the package's wrapper: that would be
 * a Node process between us and the server, which signals and pids would mean instead of it.
 */
export function findChainBinary(): ChainBinary | Absence {
  const name = `@foundry-rs/anvil-${process.platform}-${architectures[process.arch] ?? process.arch}`;
  try {
    // The platform's package is a dependency of the wrapper's, so it is looked up from there.
    const fromRoot = createRequire(join(projectRoot, 'package.json'));
    const fromWrapper = createRequire(fromRoot.resolve('@foundry-rs/anvil/package.json'));
    const program = fromWrapper.resolve(`${name}/bin/anvil`);
    accessSync(program, constants.X_OK);
    return { program };
  } catch {
    return {
      absent:
        `No local chain is installed for ${process.platform} on ${process.arch} (npm package ${name}); ` +
        'run "npm install" without leaving out optional packages.',
    };
  }
}
