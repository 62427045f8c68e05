export type * from "./outputs/output.js";
