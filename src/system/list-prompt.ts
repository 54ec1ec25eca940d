/** The searchable list as a prompt of @inquirer/core: what it shows, and what each key does. */
import { styleText } from 'node:util';
import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isSpaceKey,
  isUpKey,
  useEffect,
  useKeypress,
  useMemo,
  usePagination,
  useState,
} from '@inquirer/core';
import measure from 'fast-string-truncated-width';
import { searchList, type SearchedItem, shortenArns } from './list-search.ts';

export interface ListItem extends SearchedItem {
  /** Why it cannot be chosen. */
  readonly disabled: string | undefined;
}

/** What the user has done so far. Items are named by their index. */
export interface ListState {
  readonly typed: string;
  /** The row that Enter would choose. */
  readonly active: number | undefined;
  readonly marked: ReadonlySet<number>;
}

export interface ListConfig {
  readonly question: string;
  readonly items: readonly ListItem[];
  /** Whether several items may be marked. */
  readonly several: boolean;
  readonly colour: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly initial: ListState;
  /** Is called at each change. */
  readonly onState: (state: ListState) => void;
}

/** Indexes of the chosen items, in the order of the list. */
export const listPrompt = createPrompt<readonly number[], ListConfig>((config, done) => {
  const { question, items, several, columns, initial } = config;
  const [typed, setTyped] = useState(initial.typed);
  const [wanted, setWanted] = useState(initial.active);
  const [marked, setMarked] = useState(initial.marked);
  const found = useMemo(() => searchList(items, typed), [typed]);
  const free = found.filter((index) => items[index]?.disabled === undefined);
  const active = wanted !== undefined && free.includes(wanted) ? wanted : free[0];
  config.onState({ typed, active, marked });

  const header = `${question} ${typed}`;
  const shortened = active === undefined ? undefined : items[active]?.text;
  const detail =
    shortened !== undefined && measure(shortened).width > rowWidth(config) ? wrapped(shortened, columns) : [];
  const help = helpLine(config, found.length, marked.size);
  const others = Math.ceil((header.length + 1) / columns) + detail.length + Math.ceil(help.length / columns);
  const pageSize = Math.max(1, config.rows - others - 1);
  const page = usePagination({
    items: found,
    active: Math.max(0, found.indexOf(active ?? -1)),
    renderItem: ({ item }) => row(item, item === active, marked.has(item), config),
    pageSize,
    loop: false,
  });

  useEffect((line) => {
    if (typed !== '') line.write(typed);
  }, []);
  useKeypress((key, line) => {
    /** Takes back what readline has made of a key that has another meaning here. */
    const restore = (): void => {
      line.clearLine(0);
      line.write(typed);
    };
    const move = (step: number): void => {
      restore();
      const at = free.indexOf(active ?? -1) + step;
      setWanted(free[Math.min(Math.max(at, 0), free.length - 1)]);
    };
    if (isEnterKey(key)) {
      restore();
      const chosen = marked.size > 0 ? [...marked].toSorted((a, b) => a - b) : active;
      if (chosen !== undefined) done([chosen].flat());
    } else if (several && isSpaceKey(key)) {
      restore();
      if (active !== undefined) setMarked(toggled(marked, [active]));
    } else if (several && key.ctrl && key.name === 'a') {
      restore();
      setMarked(toggled(marked, free));
    } else if (isUpKey(key)) move(-1);
    else if (isDownKey(key)) move(1);
    else if (key.name === 'pageup') move(-pageSize);
    else if (key.name === 'pagedown') move(pageSize);
    else if (key.name === 'home') move(-Infinity);
    else if (key.name === 'end') move(Infinity);
    else if (key.name === 'tab') restore();
    else if (line.line !== typed) {
      setTyped(line.line);
      setWanted(undefined);
    }
  });
  const list = found.length === 0 ? 'No matches' : page;
  return [header, [list, ...detail.map((each) => dim(each, config)), dim(help, config)].join('\n')];
});

/** With all of these items marked, or with none of them if all are marked already. */
function toggled(marked: ReadonlySet<number>, items: readonly number[]): ReadonlySet<number> {
  const others = [...marked].filter((each) => !items.includes(each));
  return new Set(items.every((each) => marked.has(each)) ? others : [...others, ...items]);
}

/** Marks the row that Enter would choose. */
const CURSOR = '>';

/** Columns for the text of a row: the cursor and the mark come before it. The last column stays free, since some terminals wrap there. */
function rowWidth({ columns, several }: ListConfig): number {
  return columns - (several ? '> [x] ' : '> ').length - 1;
}

function row(index: number, isActive: boolean, isMarked: boolean, config: ListConfig): string {
  const { text = '', disabled } = config.items[index] ?? {};
  const mark = config.several ? `[${isMarked ? 'x' : ' '}] ` : '';
  const reason = disabled === undefined ? '' : ` ${disabled}`;
  const line = `${isActive ? CURSOR : ' '} ${mark}${fitted(text + reason, rowWidth(config))}`;
  if (disabled !== undefined) return dim(line, config);
  return isActive && config.colour ? styleText('cyan', line, { validateStream: false }) : line;
}

/** The text in at most `width` columns: without the parts that all ARNs share, then without its end. */
function fitted(text: string, width: number): string {
  if (measure(text).width <= width) return text;
  const short = shortenArns(text);
  const { index, ellipsed } = measure(short, { limit: Math.max(1, width), ellipsis: '…' });
  return short.slice(0, index) + (ellipsed ? '…' : '');
}

/** The text in indented lines of the window's width. */
function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== '';) {
    const { index } = measure(rest, { limit: Math.max(2, columns - 3) });
    lines.push(`  ${rest.slice(0, Math.max(1, index))}`);
    rest = rest.slice(Math.max(1, index));
  }
  return lines;
}

/** How many items there are, and what the keys do: as much of it as fits in one line. */
function helpLine({ items, several, columns }: ListConfig, found: number, marked: number): string {
  const count = `${String(found)} of ${String(items.length)}`;
  const texts = several
    ? [
        `${String(marked)} marked, ${count} shown. Type to search, Space marks, Ctrl-A all, Enter ends`,
        `${String(marked)} marked, ${count} shown. Type, Space, Ctrl-A, Enter`,
        `${String(marked)} marked. Space, Ctrl-A, Enter`,
        `${String(marked)} marked`,
      ]
    : [
        `${count}. Type to search, PgUp/PgDn/Home/End move, Enter chooses`,
        `${count}. Type to search, Enter chooses`,
        `${count}. Type to search`,
        count,
      ];
  return texts.find((text) => text.length < columns) ?? count;
}

function dim(text: string, { colour }: ListConfig): string {
  return colour ? styleText('dim', text, { validateStream: false }) : text;
}
