/** What a file ought to be, in words. */
export interface FileKind {
  readonly name: 'plan' | 'inventory';
  readonly a: string;
  /** What keys are called elsewhere. */
  readonly synonyms?: Readonly<Record<string, string>>;
}

export const PLAN: FileKind = { name: 'plan', a: 'a plan' };

/** What a text is, where it is plainly something else than a plan or an inventory. */
export interface Kind {
  readonly what: string;
  readonly hint: string;
}

/** Recognizes by its first lines what people hand over by mistake. JSON passes where it is a map: it is YAML. */
export function wrongKind(text: string, { name, a }: FileKind): Kind | undefined {
  const rightFile = `${a} is a YAML file that begins with \`${name}: 1\`; is it the right file?`;
  const head = text.trimStart().slice(0, 4096);
  const firstLine = head.split(/\r\n?|\n/, 1)[0] ?? '';
  if (/^\{\s*"timeline"\s*:/.test(head)) {
    return { what: 'a timeline', hint: 'a timeline is compiled from a plan; name the plan that it came from' };
  }
  if (/^\{\s*"index"\s*:\s*\d+\s*,\s*"time"/.test(head)) {
    return { what: 'a history', hint: '`plan-run check` judges a stored history' };
  }
  if (/^\{/.test(head) && /"as_expected"\s*:/.test(head)) {
    return { what: "a run's results", hint: 'name the plan of that run; its folder holds it as plan.yaml' };
  }
  if (/^\[/.test(head) && isJson(text)) return { what: 'a JSON list', hint: rightFile };
  if (/^<[?!a-z]/i.test(head)) return { what: 'XML or HTML', hint: rightFile };
  if (/^#!/.test(head) && !/plan-run/.test(firstLine)) {
    return { what: `a script (${firstLine.slice(0, 40)})`, hint: rightFile };
  }
  if (
    /^(import\s.+from\s|export\s|(const|let|var)\s+\w+\s*=|module\.exports|['"]use strict['"]|function\s)/.test(head)
  ) {
    return { what: 'JavaScript', hint: 'modules are named under `modules`; the plan itself is YAML' };
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
