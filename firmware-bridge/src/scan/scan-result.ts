/** What a scan finds: one thing that an output could be pointed at, and the lines of configuration that do so. */
export interface ScanResult {
  kind: string;
  name: string;
  address: string;
  detail: string;
  /** YAML lines for the configuration. */
  suggestion: string;
}
