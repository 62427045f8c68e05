/** Who is at this page: the name that everybody sees beside a command. Kept in this browser. */

const KEY = "tactus-operator";

export const operatorName = (): string => localStorage.getItem(KEY)?.trim() || "Operator";

export function setOperatorName(name: string): void {
  localStorage.setItem(KEY, name.trim().slice(0, 80));
}
