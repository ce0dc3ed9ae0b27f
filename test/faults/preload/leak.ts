/** A server that keeps something of each request. */
import './accounts.ts';
import { subscribe } from 'node:diagnostics_channel';

const kept: unknown[] = [];
subscribe('http.server.request.start', () => kept.push(new Array(1000).fill(kept.length)));
