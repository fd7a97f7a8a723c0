/** How often and how long, as the constants at the head of sentinel.c have it. */
export const PING_PERIOD_MS = 1_000;
export const INFO_PERIOD_MS = 10_000;
export const PUBLISH_PERIOD_MS = 2_000;
export const ASK_PERIOD_MS = 1_000;
export const MIN_LINK_RECONNECT_MS = 15_000;
export const ELECTION_TIMEOUT_MS = 10_000;
export const RECONF_TIMEOUT_MS = 10_000;
export const DESYNC_MS_MAX = 1_000;
export const TILT_TRIGGER_MS = 2_000;
export const TILT_PERIOD_MS = 30_000;
export const PENDING_MAX = 100;
