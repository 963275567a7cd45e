import { join } from 'node:path';

/**
 * The folder that holds package.json. The only use of `import.meta.dirname` in the repository: tsx and Node read
 * it natively, swc rewrites it to `__dirname` for jest, and both were seen to give the same folder.
 */
export const projectRoot: string = join(import.meta.dirname, '..');

/** Everything a run leaves behind (data, caches, logs, credentials) lives below this folder; git ignores it. */
export const stateFolder: string = join(projectRoot, '.omsx');
