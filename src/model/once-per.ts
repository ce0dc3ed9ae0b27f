/** What `make` makes of an object, made when it is first asked for and kept for as long as the object is. */
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
