/** A system on which `localhost` is two addresses, as it is on most. */
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';

const BOTH = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

Object.assign(dns, { lookup: async () => BOTH });
syncBuiltinESMExports();
