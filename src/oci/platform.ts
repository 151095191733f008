/** A platform as an image index and the configuration of an image state it. */
export interface Platform {
  /** Such as `linux`. */
  os: string;
  /** Such as `arm64`. */
  architecture: string;
  /** Such as `v8`. */
  variant?: string | undefined;
  /** Features of the operating system that the image needs. */
  osFeatures?: readonly string[] | undefined;
}

const COMPONENT = /^[A-Za-z0-9_.-]+$/;
/** The platform of manifests that are not images, such as attestations of BuildKit. */
const UNKNOWN = 'unknown';
/** The oldest version of ARM whose programs newer ones are taken to run. */
const MIN_ARM = 5;
/** The newest minor version of ARMv8. */
const MAX_ARM64_MINOR = 9;
/** ARMv9.n implements ARMv8.(n + 5). */
const ARM64_V9_OFFSET = 5;

/**
 * Parses the name of a platform.
 * @param text - Operating system and architecture, optionally the variant: `linux/arm64`, `linux/arm/v7`.
 * @returns The platform; `undefined` if the name is malformed.
 */
export function parsePlatform(text: string): Platform | undefined {
  const [os, architecture, variant, ...more] = text.split('/', 4);
  if (os === undefined || architecture === undefined || more.length > 0) return undefined;
  if (![os, architecture, variant ?? architecture].every((part) => COMPONENT.test(part))) return undefined;
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** Writes the name of a platform. Its parts are not checked: they may come from outside. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** Reports whether a platform is that of a manifest that is not an image. */
export function isUnknown({ os, architecture }: Platform): boolean {
  return os === UNKNOWN || architecture === UNKNOWN;
}

/**
 * Returns how well a platform runs an image for another one, as `platforms.Only` of containerd decides it: its own
 * architecture and variant first, then older variants, then 32-bit architectures that it also runs.
 * @returns 0 for the same platform, more for a less suitable one; `undefined` for one that it does not run.
 * @see https://github.com/containerd/platforms/blob/v1.0.0-rc.4/compare.go
 */
export function suitability(wanted: Platform, offered: Platform): number | undefined {
  if (isUnknown(offered) || normalizeOs(wanted.os) !== normalizeOs(offered.os)) return undefined;
  if (neededFeatures(offered).length > 0) return undefined;
  const rank = runnable(normalizeProcessor(wanted)).indexOf(processorName(normalizeProcessor(offered)));
  return rank < 0 ? undefined : rank;
}

type Processor = readonly [architecture: string, variant: string];

function processorName([architecture, variant]: Processor): string {
  return `${architecture}/${variant}`;
}

function normalizeOs(os: string): string {
  const name = os.toLowerCase();
  return name === 'macos' ? 'darwin' : name;
}

/** Any Windows provides the feature `win32k`. */
function neededFeatures({ os, osFeatures = [] }: Platform): string[] {
  return osFeatures.filter((feature) => normalizeOs(os) !== 'windows' || feature !== 'win32k');
}

function normalizeProcessor({ architecture, variant }: Platform): Processor {
  const version = (variant ?? '').toLowerCase();
  switch (architecture.toLowerCase()) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', version === 'v1' ? '' : version];
    case 'aarch64':
    case 'arm64':
      return ['arm64', normalizeArm64(version)];
    case 'armhf':
      return ['arm', 'v7'];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      return ['arm', /^[5-8]$/.test(version) ? `v${version}` : version || 'v7'];
    default:
      return [architecture.toLowerCase(), version];
  }
}

function normalizeArm64(version: string): string {
  if (['8', 'v8', 'v8.0'].includes(version)) return '';
  return ['9', '9.0', 'v9.0'].includes(version) ? 'v9' : version;
}

/** Lists the names of the processors whose programs a processor runs, the most suitable first. */
function runnable([architecture, variant]: Processor): string[] {
  switch (architecture) {
    case 'amd64':
      return [...versionsDownTo(1, 'amd64', variant), '386/'];
    case 'arm':
      return versionsDownTo(MIN_ARM, 'arm', variant);
    case 'arm64':
      return arm64Versions(variant || 'v8');
    default:
      return [processorName([architecture, variant])];
  }
}

function versionsDownTo(least: number, architecture: string, variant: string): string[] {
  const newest = Number(/^v?(\d{1,2})$/.exec(variant)?.[1] ?? 0);
  const older = Array.from({ length: Math.max(0, newest - least) }, (_, index) => `v${newest - 1 - index}`);
  return [variant, ...older].map((variant) =>
    processorName(normalizeProcessor({ os: '', architecture, variant })),
  );
}

/** A variant that is not known runs nothing, as in containerd. */
function arm64Versions(variant: string): string[] {
  const [, major, minor = 0] = /^v([89])(?:\.(\d))?$/.exec(variant) ?? [];
  if (major === undefined) return [];
  const newest = Number(minor);
  const v8 = major === '8' ? newest : Math.min(newest + ARM64_V9_OFFSET, MAX_ARM64_MINOR);
  return [
    ...(major === '9' ? minorVersions(9, newest) : []),
    ...minorVersions(8, v8),
    ...versionsDownTo(MIN_ARM, 'arm', 'v8'),
  ];
}

function minorVersions(major: number, newest: number): string[] {
  return Array.from({ length: newest + 1 }, (_, index) => {
    return processorName(['arm64', normalizeArm64(`v${major}.${newest - index}`)]);
  });
}
