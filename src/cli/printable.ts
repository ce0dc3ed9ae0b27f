/**
 * What a terminal must not be sent: it would obey. Controls (C0, DEL and C1, among them what begins an escape sequence),
 * marks that turn the direction of writing, and separators of lines.
 */
const OBEYED = /[\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

/** A text in one line that does nothing to a terminal but be seen. */
export function printable(text: string): string {
  return text.replace(/\r\n|[\n\r\u2028\u2029]/g, ' ⏎ ').replace(OBEYED, pictureOf);
}

/** Unicode has pictures of the first 32 controls. */
function pictureOf(control: string): string {
  const code = control.codePointAt(0) ?? 0;
  if (code === 9) return ' ';
  return code < 32 ? String.fromCodePoint(0x2400 + code) : code === 127 ? '␡' : '�';
}
