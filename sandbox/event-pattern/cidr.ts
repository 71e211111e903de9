import { BlockList, isIP } from 'node:net';
import { invalidPattern } from './invalid-pattern.ts';
import type { TextTest } from './text.ts';

/** Matches the addresses of an IPv4 or IPv6 block. EventBridge refuses blocks of a single address. */
export function cidr(text: string): TextTest {
  const [address = '', bits, ...more] = text.split('/');
  if (bits === undefined || more.length > 0) {
    throw invalidPattern("Malformed CIDR, one '/' required");
  }
  if (!/^\d+$/.test(bits)) throw invalidPattern('Malformed CIDR, mask bits must be an integer');
  const family = familyOf(address);
  if (family === null) throw invalidPattern(`Nonstandard IP address: ${address}`);
  const size = family === 'ipv4' ? 32 : 128;
  if (Number(bits) >= size) throw invalidPattern(`${family} mask bits must be < ${size}`);
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family);
  return (value) => {
    const version = familyOf(value);
    return version !== null && block.check(value, version);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  // Node accepts an address with a zone; AWS does not.
  if (address.includes('%') || isIP(address) === 0) return null;
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
