/** A training run as both of MLflow's stores have it. */
export interface MlflowRun {
  id: string;
  name: string;
  experiment: string;
  /** Epoch milliseconds. */
  startedAtMs: number;
  status: string;
  params: Record<string, string>;
  /** The last value of each. */
  metrics: Record<string, number>;
  tags: Record<string, string>;
  artifacts: { path: string; bytes: number }[];
}
