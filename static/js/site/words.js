// Sentences in the reader's language. Django's catalogue, where a page brings one, lies in globals; without it the
// page is in English, in which they are written.

export const gettext = globalThis.gettext ?? ((text) => text);
export const ngettext = globalThis.ngettext ?? ((one, several, count) => (count === 1 ? one : several));

/** "Pair %(position)s" with {position: 3}. */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}
