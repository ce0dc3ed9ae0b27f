/** A curve, each point at its x. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Picture {
  readonly title: string;
  readonly x: string;
  readonly curves: readonly Curve[];
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 150;
const TOP = 40;
const BOTTOM = 44;

/** From the name of one curve to the next one's, at least. */
const LINE = 16;

const COLOURS = ['#c2410c', '#2563eb', '#6b7280', '#0d9488'];

/** Curves as an SVG, both axes logarithmic, on a light ground of its own, so that it is legible on a dark one too. */
export function pictureOf({ title, x, curves }: Picture): string {
  const points = curves.flatMap((curve) => curve.points);
  const sizes = [...new Set(points.map(([at]) => at))];
  const across = placing([Math.min(...sizes), Math.max(...sizes)], LEFT, WIDTH - RIGHT);
  const powers = powersAround(points.map(([, value]) => value));
  const up = placing([powers[0] ?? 1, powers.at(-1) ?? 10], HEIGHT - BOTTOM, TOP);

  const lines = powers.map((mark) => {
    const y = up(mark);
    return `<path class="grid" d="M${LEFT} ${y}H${WIDTH - RIGHT}"/><text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${short(mark)}</text>`;
  });
  const marks = sizes.map(
    (mark) => `<text x="${across(mark)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${short(mark)}</text>`,
  );
  const names = apart(curves.map((curve) => up(curve.points.at(-1)?.[1] ?? 1)));
  const drawn = curves.flatMap(({ name, points: own }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const places = own.map(([at, value]) => [across(at), up(value)] as const);
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join(',')).join(' ')}"/>`,
      ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`),
      `<text x="${WIDTH - RIGHT + 10}" y="${(names[index] ?? 0) + 4}" fill="${colour}">${name}</text>`,
    ];
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<style>text{font:13px sans-serif}text:not([fill]){fill:#57606a}.title{font-weight:bold}.grid{stroke:#8c959f;stroke-opacity:.35}</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#fff"/>
<text class="title" x="${LEFT}" y="20">${title}</text>
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x}</text>
${[...lines, ...marks, ...drawn].join('\n')}
</svg>
`;
}

function powersAround(values: readonly number[]): readonly number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** Where a value between two others is between two places. */
function placing([least, most]: readonly [number, number], from: number, to: number): (value: number) => number {
  return (value) => Math.round(from + (Math.log(value / least) / (Math.log(most / least) || 1)) * (to - from));
}

/** The same heights, moved down where one would cover the next. */
function apart(heights: readonly number[]): readonly number[] {
  const moved = [...heights];
  let least = 0;
  for (const [index, height] of [...heights.entries()].sort(([, one], [, other]) => one - other)) {
    moved[index] = Math.max(height, least);
    least = Math.max(height, least) + LINE;
  }
  return moved;
}

function short(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 2 });
}
