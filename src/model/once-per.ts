/**
 * What `make` makes of an object, made when it is first asked for and kept for as long as the object is. For what is asked for
 * again and again: to keep an entry and to let go of it takes V8 longer than to make the JSON of a message (two for each that
 * was posted were a tenth of a POST's time).
 */
export function oncePer<Source extends object, Made>(make: (source: Source) => Made): (source: Source) => Made {
  const made = new WeakMap<Source, Made>();

  return (source) => {
    let known = made.get(source);
    if (known === undefined) {
      known = make(source);
      made.set(source, known);
    }
    return known;
  };
}
