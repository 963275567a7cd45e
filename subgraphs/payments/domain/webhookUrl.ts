import { BlockList, isIP, isIPv4 } from 'node:net';

/** Whether machines of our own may be sent to, which is for trying things out and never in live mode. */
export interface AddressPolicy {
  readonly allowsLoopback: boolean;
}

export const URL_LENGTH_MAX = 2_048;
const PORTS: ReadonlySet<string> = new Set(['', '443', '8443']);
const LOCAL_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|arpa|onion|test|invalid)$/;

/** Addresses of IPv4 that are not for the public. Source: IANA special-purpose address registry (RFC 6890). */
const RESERVED_V4 = new BlockList();
for (const range of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
  addRange(RESERVED_V4, range, 'ipv4');

/** Of IPv6 only 2000::/3 is for the public at all: mapped, local, NAT64 and multicast addresses are outside. */
const GLOBAL_V6 = new BlockList();
addRange(GLOBAL_V6, '2000::/3', 'ipv6');
/** Within it: what stands for other addresses (Teredo, 6to4, ORCHID), and documentation. */
const RESERVED_V6 = new BlockList();
for (const range of ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '2620:4f:8000::/48'])
  addRange(RESERVED_V6, range, 'ipv6');

const LOOPBACK = new BlockList();
addRange(LOOPBACK, '127.0.0.0/8', 'ipv4');
addRange(LOOPBACK, '::1/128', 'ipv6');

/** Whether messages may be sent to this address. */
export function isAllowedAddress(address: string, { allowsLoopback }: AddressPolicy): boolean {
  if (isIPv4(address)) {
    return !RESERVED_V4.check(address, 'ipv4') || (allowsLoopback && LOOPBACK.check(address, 'ipv4'));
  }
  if (isIP(address) !== 6) return false;
  if (allowsLoopback && address === '::1') return true;
  return GLOBAL_V6.check(address, 'ipv6') && !RESERVED_V6.check(address, 'ipv6');
}

/**
 * Why messages cannot be sent to this URL, as what is expected of one; null when they can, as far as a URL can say. What
 * a name resolves to is checked whenever a connection is made.
 */
export function urlFault(text: string, policy: AddressPolicy): string | null {
  if (text.length > URL_LENGTH_MAX || !URL.canParse(text))
    return `a URL of at most ${URL_LENGTH_MAX} characters`;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    return 'a URL without credentials and fragment';
  const host = hostOf(url);
  const isLocal = policy.allowsLoopback && (host === 'localhost' || isLoopback(host));
  if (url.protocol !== 'https:' && !(isLocal && url.protocol === 'http:'))
    return 'a URL that starts with https://';
  if (isIP(host) !== 0) {
    // 0x7f.1, 2130706433 and 017700000001 are addresses as well, once they are parsed: only the plain form is taken.
    if (!text.toLowerCase().includes(`//${url.host}`.replace(/:\d+$/, '')))
      return 'an address in its plain form';
    if (!isAllowedAddress(host, policy)) return 'a host that the public can reach';
  } else if (!isLocal && (!host.includes('.') || LOCAL_NAMES.test(host)))
    return 'a host that the public can reach';
  return isLocal || PORTS.has(url.port) ? null : 'port 443 or 8443';
}

/** The host without the brackets of an IPv6 address and without a closing dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function addRange(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [address, bits] = range.split('/');
  list.addSubnet(String(address), Number.parseInt(String(bits), 10), family);
}
