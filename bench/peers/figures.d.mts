export interface Row {
  id: string;
  committed: number;
  mustBe?: number;
}

export interface Cost {
  ours?: number;
  base?: number;
  unit?: string;
  missing?: string;
}

export type Measured = Row & Cost & { figure?: number };

export function measureRows(
  wanted: readonly Row[],
  measure: () => Promise<Readonly<Record<string, Cost>>>,
): Promise<Measured[]>;
export function missedBy(rows: readonly Measured[]): string[];
export function overBudgetOf(rows: readonly Measured[]): string[];
