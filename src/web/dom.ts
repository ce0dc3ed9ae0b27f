type Properties<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], 'style' | 'dataset'>
>;
type Child = Node | string | null;

/** Makes an element. Text goes in as text, never as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties<Tag> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The element of the page's own HTML with this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** A button that cannot be pressed again while it works. */
export function button(label: string, press: () => unknown, properties: Properties<'button'> = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...properties }, label);
  made.addEventListener('click', async () => {
    made.disabled = true;
    try {
      await press();
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/** Makes these the children. What is there already stays, and with it the keyboard's focus and what is being typed. */
export function put(parent: Element, nodes: readonly Element[]): void {
  const focused = document.activeElement;
  for (const child of [...parent.children]) if (!nodes.includes(child)) child.remove();
  for (const [at, node] of nodes.entries()) {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  }
  // What was moved has lost it.
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) focused.focus();
}

const TODAY = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const ANY_DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** When something happened, shortly. */
export function time(iso: string): HTMLTimeElement {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  return element('time', { dateTime: iso, title: ANY_DAY.format(date) }, (isToday ? TODAY : ANY_DAY).format(date));
}
