/** Whether an address is one of this machine's own that no other machine reaches. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

const LOOPBACK = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/;
