import { type Curve, pictureOf } from './picture.ts';
import type { Result } from './report.ts';
import { type Role, roles } from './row.ts';

/** How a contestant is called in a picture of streams. */
const NAMES: Readonly<Record<Role, string>> = { ours: 'msgboard', limit: 'raw sockets', peer: 'nchan' };

/** Pictures by the name of their file: of whatever was measured at two sizes at least. */
export function pictures(results: readonly Result[]): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  const fanOut = bySize(results, 'fan-out');
  if (fanOut.length > 1) {
    const curves = roles.map((role): Curve => {
      const points = fanOut.flatMap(({ size, figures }) => pointsOf(size, figures[0]?.[role]?.median));
      return { name: NAMES[role], points };
    });
    const title = 'Posts a second that all readers receive within a second';
    all.set('fan-out.svg', pictureOf({ title, x: 'readers', curves: drawable(curves) }));
  }
  const growth = bySize(results, 'growth');
  if (growth.length > 1) {
    const curves = ['a post', 'a page', 'a resume'].map((name, line): Curve => {
      const points = growth.flatMap(({ size, figures }) => pointsOf(size, figures[line]?.ours?.median));
      return { name, points };
    });
    const title = 'Microseconds, by how many messages the board holds';
    all.set('growth.svg', pictureOf({ title, x: 'messages', curves: drawable(curves) }));
  }
  return all;
}

/** The rows `<name>-<size>`. */
function bySize(results: readonly Result[], name: string) {
  return results
    .filter(({ row }) => row.name.startsWith(`${name}-`))
    .map(({ row, figures }) => ({ size: Number(row.name.slice(name.length + 1)), figures }));
}

function pointsOf(size: number, figure: number | undefined): [number, number][] {
  return figure !== undefined && figure > 0 ? [[size, figure]] : [];
}

function drawable(curves: readonly Curve[]): readonly Curve[] {
  return curves.filter(({ points }) => points.length > 0);
}
