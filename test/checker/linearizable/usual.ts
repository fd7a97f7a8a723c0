/** The settings of `linearizable` that a plan has where it names none. */
import Value from 'typebox/value';
import { linearizable } from '../../../src/checker/linearizable/index.ts';
import type { LinearizableSettings } from '../../../src/checker/linearizable/settings.ts';

export const USUAL = Value.Default(linearizable.settings, {}) as LinearizableSettings;
