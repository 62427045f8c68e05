/** What the twin asks of the part that brings another model onto this box. */
import type { DesiredModel, ReportedModels } from "@tactus/shared";

export interface ModelUpdater {
  /**
   * The model that the cloud wants; undefined = whatever runs may go on, and an update under way is called off. Call it
   * once the wish of the cloud is known, not before: until then the wish that was known before the restart holds. An
   * equal wish changes nothing, so that it may come again and again.
   */
  want(model: DesiredModel | undefined): void;
  /** Undefined until the supervisor has told what runs. */
  report(): ReportedModels | undefined;
  /** Called after every change of report(), at most a few times a second. Set by the twin. */
  onChange: () => void;
}
