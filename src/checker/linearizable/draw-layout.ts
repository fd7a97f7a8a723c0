import type { Evidence, WindowCall } from './finding.ts';

export interface Box {
  readonly call: WindowCall;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly failing: boolean;
  /** The orders that it is part of. */
  readonly orders: readonly number[];
}

/** Where a call takes effect in an order, and which of those shown it is, from 1. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly number: number;
}

export interface Laid {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly columnWidth: number;
  /** Processes, from left to right. */
  readonly columns: readonly number[];
  readonly boxes: readonly Box[];
  readonly orders: readonly (readonly Point[])[];
  /** How far down the failing call's completion is. */
  readonly limit: number;
}

const ROW = 22;
/** A column is as wide as its longest text, within these; so wide is a character, and what stands before the text. */
const COLUMN = { least: 84, most: 220 } as const;
const CHARACTER = 7;
const INDENT = 36;
const GAP = 10;
const LEFT = 16;
const TOP = 12;
/** Above and below a point, within its box. */
const MARGIN = 10;

/**
 * Rows are events, invocations and completions in their order, each as high as the next: what matters is what came before what. A call that never completed goes
 * to the bottom. An order's points go down, each within its call's box: as far up as the one before and the call's begin allow.
 */
export function layOut({ window, configurations, failing }: Evidence): Laid {
  const events = [
    ...new Set(window.flatMap(({ index, complete }) => (complete === null ? [index] : [index, complete]))),
  ];
  const rows = new Map(events.sort((a, b) => a - b).map((index, row) => [index, TOP + row * ROW]));
  const bottom = TOP + events.length * ROW + ROW;
  const columns = [...new Set(window.map(({ process }) => process))].sort((a, b) => a - b);
  const longest = Math.max(...window.map(({ text }) => text.length));
  const columnWidth = Math.round(Math.min(COLUMN.most, Math.max(COLUMN.least, INDENT + longest * CHARACTER)));
  const at = (index: number) => rows.get(index) as number;
  const boxes = window.map((call): Box => {
    const y = at(call.index);
    const end = call.complete === null ? bottom : at(call.complete);
    return {
      call,
      x: LEFT + columns.indexOf(call.process) * columnWidth + GAP / 2,
      y,
      w: columnWidth - GAP,
      // the next call of the process begins a row below at the soonest
      h: Math.max(ROW - 2, end - y - 2),
      failing: call.index === failing,
      orders: configurations.flatMap(({ linearized }, order) => (linearized.includes(call.index) ? [order] : [])),
    };
  });
  const byIndex = new Map(boxes.map((box) => [box.call.index, box]));
  const end = byIndex.get(failing)?.call.complete;
  return {
    width: LEFT + columns.length * columnWidth + LEFT,
    height: bottom + TOP,
    left: LEFT,
    columnWidth,
    columns,
    boxes,
    orders: configurations.map(({ linearized }) => pointsOf(linearized, byIndex)),
    limit: end === undefined || end === null ? bottom : at(end),
  };
}

/** Of the calls from the last one on that the window does not have, for a line must leave out none. */
function pointsOf(linearized: readonly number[], boxes: ReadonlyMap<number, Box>): Point[] {
  const from = linearized.findLastIndex((index) => !boxes.has(index)) + 1;
  const shown = linearized.slice(from).map((index) => boxes.get(index) as Box);
  // The lowest that each may be, for the later ones to have room.
  const lowest: number[] = [];
  for (let i = shown.length - 1; i >= 0; i--) {
    const { y, h } = shown[i] as Box;
    lowest[i] = Math.min(y + h - MARGIN, (lowest[i + 1] ?? Number.POSITIVE_INFINITY) - 2);
  }
  let before = 0;
  return shown.map(({ x, y }, i) => {
    before = Math.min(Math.max(y + MARGIN, before + 4), Math.max(lowest[i] as number, before));
    return { x: x + 13, y: before, number: i + 1 };
  });
}
