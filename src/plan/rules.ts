/**
 * Every rule a plan or an inventory can break, by the id that stands in brackets behind a problem. The type of `Problem.rule` is
 * made from this table, so no code can report a rule that is not in it; a test holds that each is reported.
 */
export const RULES = {
  // the file
  'file-unreadable': 'The file cannot be opened: it does not exist, is a directory, or may not be read.',
  'file-too-large': 'The file is larger than 1 MB; no plan or inventory is.',
  'file-empty': 'The file holds nothing, or only comments.',
  'not-utf8': 'The file is not UTF-8 text.',
  'wrong-kind':
    'The file is something else than what it is named as: an inventory for a plan, a history, a timeline, a script, a picture.',
  // YAML
  'yaml-syntax': 'The text is not YAML.',
  'tab-indent': 'A line is indented with a tab; YAML wants spaces.',
  'several-documents': 'The file holds several YAML documents; a plan is one.',
  'duplicate-key': 'A key stands twice in one map.',
  'key-not-text': 'A key is a number, a boolean, a list or a map.',
  'merge-key': 'Merge keys (`<<`) are YAML 1.1; a plan is YAML 1.2.',
  'unknown-tag': 'A YAML tag (`!name`) that a plan does not know; none is needed.',
  'too-much-yaml': 'Aliases or nesting unfold to more than a plan may hold (20,000 values, 64 levels).',
  // the language
  'unknown-key': 'A key that means nothing where it stands.',
  'missing-key': 'A key that must be there is not.',
  'wrong-type': 'A value of another kind than expected: text for a number, a list for a map.',
  'wrong-value': 'A value of the right kind that is not accepted: out of range, not one of the choices.',
  'wrong-unit': 'A duration, rate or percentage that is not written as one.',
  'duplicate-item': 'A list that must hold different things holds one of them twice.',
  'no-module': 'A block that names no module.',
  'several-modules': 'A block that names several modules where it may name one.',
  'unknown-module': 'A name that no database, workload, nemesis, checker or environment has.',
  'fault-timing':
    'A fault whose times do not fit together: neither or both of `at` and `every`, `until` before `from`, no turn at all, a `for` where there is no end.',
  'too-many-faults': 'The faults of the plan would happen more than a thousand times, all together.',
  'endless-workload': 'The workload would last longer than any run: its rate is too low for its operations.',
  'bad-module': 'A module outside the package cannot be loaded, exports no module, or takes a name that is taken.',
  'malformed-secret': 'A `${...}` that is not `${env:NAME}`.',
  'deprecated-key': 'A key that still works, but that will be taken away; its problem says what to write instead.',
  'bad-override': 'A `--set` that cannot be applied to the plan.',
  // what the words mean together
  'unknown-node': 'A node that the plan does not have, or no such selector.',
  'unreachable-target': 'A fault that cannot be done to `clients`.',
  'empty-selector': 'A selector that matches no node of this plan, or a partition that cuts nobody off from anybody.',
  'no-primary': 'A selector asks for the primary of a database that has none.',
  'overlapping-groups': 'A node is in two groups of one partition: it hears both, as a bridge.',
  'unsupported-environment': 'The database has no model for the simulator, or cannot be deployed on real nodes.',
  'unsupported-workload': 'The database has no client for the workload, or none that does what its settings want.',
  'checker-mismatch': 'The checker cannot judge histories of this workload.',
  'unsupported-fault': 'The fault needs something of the database that it does not have.',
  'module-settings': 'The module refuses its settings for this plan.',
  // machines
  'literal-secret': 'A password or passphrase that stands in the file itself, not as `${env:NAME}`.',
  'unset-variable': 'A secret of an inventory names an environment variable that is not set.',
  'unusable-file':
    'A key, or the keys of known hosts, are in no file that can be read, or in one that holds something else.',
  'no-login': 'There is neither key nor password to log in with, and no agent.',
  'same-machine': 'Two nodes of an inventory are the same machine, or a client has the address of a node.',
  'faults-not-allowed': 'The inventory does not say `allow_faults: true`.',
  'no-inventory': 'The environment runs on machines, and neither the plan nor the command line names an inventory.',
  'no-machine': 'A node of the plan is not in the inventory.',
  'too-few-addresses': 'Clients are cut off with their homes, but there is not an address of their own for each home.',
  // the schedule
  'overlapping-fault': 'Two faults of one kind are in force on the same node at once.',
  'possible-overlap':
    'Two faults of one kind are in force at once, and may hit one node: only the run knows who is primary.',
  'fault-after-workload': 'A fault begins when the workload has ended.',
  'target-killed':
    'A fault aims at the processes of a node that another fault has killed by then, or kills those that another has paused.',
  'fault-never-undone': 'A fault has no `for`: it lasts until everything is healed at the end.',
  'fault-outlives-workload': 'A fault is still in force when the workload ends; it is healed then, before its time.',
  'no-majority': 'For some time no group of running nodes that hear each other holds a majority.',
  'fault-shorter-than-timeout': 'A fault is over before the first operation that it holds up can time out.',
  'require-out-of-reach': 'More ok operations are wanted before or during a fault than are due by then.',
  'faults-without-rate': 'Faults have times, but the workload has no rate: nobody knows whether it still runs then.',
} as const;

export type RuleId = keyof typeof RULES;
