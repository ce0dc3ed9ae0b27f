import type { MockTracker } from 'node:test';

/** Has time stand still. Timers and the stopwatch go on by so many ms as the function that it returns is told. */
export function passingTime(mock: MockTracker): (ms: number) => void {
  let now = 0;
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  mock.method(performance, 'now', () => now);
  return (ms) => {
    now += ms;
    mock.timers.tick(ms);
  };
}
