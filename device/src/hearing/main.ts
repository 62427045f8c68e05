/** The hearing process: the order of the supervisor into a running pipeline. */
import { systemClock } from "@tactus/shared";
import { pino } from "pino";
import { openSource } from "../capture/open-source.js";
import { DEFAULT_ARTIFACT_DIR } from "../default-model.js";
import { Resampler } from "../frontend/resampler.js";
import { openPipeline } from "../pipeline.js";
import { type ProcessStart, runProcess, tellSupervisor } from "../process-channel.js";
import { type Hearing, startHearing } from "./runtime.js";

let hearing: Hearing | undefined;
