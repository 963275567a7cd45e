/** What we read of package-lock.json (lockfileVersion 3): keys are paths such as "node_modules/a/node_modules/b". */
export type LockFile = { readonly packages: Readonly<Record<string, LockedPackage>> };

export type LockedPackage = {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
};

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/**
 * The optional packages that the lock file's packages ask for and the file does not hold, by the path they would have.
 * Throws for one whose name does not say its platform: npm would install it everywhere.
 */
export function missingPlatformPackages(lock: LockFile): Readonly<Record<string, LockedPackage>> {
  const missing: Record<string, LockedPackage> = {};
  for (const [parent, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isHeld(lock, parent, name)) continue;
      missing[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platformOf(name) };
    }
  }
  return missing;
}

/** Node looks in its own folder first, then in each folder above. */
function isHeld(lock: LockFile, parent: string, name: string): boolean {
  for (
    let folder = parent;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))
  ) {
    if (`${folder && `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === '') return false;
  }
}

function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const os = words.find((word) => systems.includes(word));
  const cpu = words
    .map((word) => (word === 'amd64' ? 'x64' : word))
    .find((word) => processors.includes(word));
  if (os === undefined || cpu === undefined) throw new Error(`"${name}" does not name its platform`);
  const abi = words.at(-1) ?? '';
  const libc = abi.startsWith('musl') ? 'musl' : abi.startsWith('gnu') ? 'glibc' : undefined;
  return { os: [os], cpu: [cpu], ...(libc !== undefined && os === 'linux' && { libc: [libc] }) };
}
