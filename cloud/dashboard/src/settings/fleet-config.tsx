/** What every box of the fleet does, unless its venue or the box itself says otherwise. */
import { messages } from "../messages.js";
import { LayerForm } from "./layer-form.js";

export function FleetConfig() {
  const { config } = messages.settings;
  return (
    <section className="card" aria-labelledby="config-title">
      <h2 id="config-title">{config.title}</h2>
      <p className="muted">{config.intro}</p>
      <LayerForm layer={{ scope: "fleet" }} />
    </section>
  );
}
