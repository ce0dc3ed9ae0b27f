/** A system whose clock jumps at SIGUSR2: a day ahead, then a day behind. What runs by no calendar goes on as it did. */
const DAY = 24 * 60 * 60 * 1000;
const Real = Date;
const jumps = [DAY, -DAY];
let ahead = 0;

const now = () => Real.now() + ahead;

globalThis.Date = new Proxy(Real, {
  construct: (target, values, as) => Reflect.construct(target, values.length === 0 ? [now()] : values, as),
  get: (target, name, on) => (name === 'now' ? now : Reflect.get(target, name, on)),
});

process.on('SIGUSR2', () => {
  ahead = jumps.shift() ?? 0;
  process.stderr.write(`the clock is ${ahead} ms ahead\n`);
});
