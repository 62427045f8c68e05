/** One numbered step of the database's shape. Steps are never edited once released: add the next one. */
export interface Migration {
  version: number;
  name: string;
  sql: string;
}
