/** What two plans differ in, for a terminal, for GitHub, for scripts. */
export { diffJson } from './json.ts';
export { changesMarkdown } from './markdown.ts';
export { changeLine, changesText, NO_CHANGE } from './text.ts';
