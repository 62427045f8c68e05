/** People, keys, configuration, venues, and what is one's own. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { NeedsAdmin } from "../components/needs-admin.js";
import { Tabs } from "../components/tabs.js";
import { messages } from "../messages.js";
import { Account } from "../settings/account.js";
import { FleetConfig } from "../settings/fleet-config.js";
import { Keys } from "../settings/keys.js";
import { Users } from "../settings/users.js";
import { Venues } from "../settings/venues.js";

export function SettingsPage() {
  const { tab = "account" } = useSearch({ from: "/settings" });
  const navigate = useNavigate({ from: "/settings" });
  const { settings } = messages;
  return (
    <div className="page page-narrow">
      <h1>{settings.title}</h1>
      <Tabs
        label={settings.title}
        tabs={settings.tabs}
        present={tab}
        onChoose={(next) => void navigate({ search: { tab: next } })}
      >
        {tab === "users" ? (
          <NeedsAdmin>
            <Users />
          </NeedsAdmin>
        ) : tab === "keys" ? (
          <Keys />
        ) : tab === "config" ? (
          <FleetConfig />
        ) : tab === "venues" ? (
          <Venues />
        ) : (
          <Account />
        )}
      </Tabs>
    </div>
  );
}
