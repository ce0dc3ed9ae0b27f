import { connect } from '../../src/client.ts';
import { messageText } from '../message-text.ts';
import type { Server } from '../start-server.ts';

/** An event of ours as it comes to a reader, of the same length as those of the load program. */
export async function eventOf({ url }: Server): Promise<string> {
  const kitten = connect(url, { username: 'kitten', password: 'yarn' });
  await kitten.messages.post({ text: `# ${messageText}` });
  const answer = await fetch(`${url}/stream?after=0&poll=1&limit=1`, { headers: { accept: 'text/event-stream' } });
  return answer.text();
}

/** What is in it. */
export function payloadOf(event: string): string {
  return /^data: (.*)$/m.exec(event)?.[1] ?? '';
}
