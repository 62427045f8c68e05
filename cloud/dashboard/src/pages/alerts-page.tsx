/** What is wrong, who looks after it, which rules found it, and who is told. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AlertList } from "../alerts/alert-list.js";
import { NotifyPanel } from "../alerts/notify-panel.js";
import { RulesEditor } from "../alerts/rules-editor.js";
import { NeedsAdmin } from "../components/needs-admin.js";
import { Tabs } from "../components/tabs.js";
import { messages } from "../messages.js";

export function AlertsPage() {
  const { tab = "list" } = useSearch({ from: "/alerts" });
  const navigate = useNavigate({ from: "/alerts" });
  const { alerts } = messages;
  return (
    <div className="page">
      <h1>{alerts.title}</h1>
      <Tabs
        label={alerts.title}
        tabs={alerts.tabs}
        present={tab}
        onChoose={(next) => void navigate({ search: next === "list" ? {} : { tab: next } })}
      >
        {tab === "rules" ? (
          <RulesEditor />
        ) : tab === "notify" ? (
          <NeedsAdmin>
            <NotifyPanel />
          </NeedsAdmin>
        ) : (
          <AlertList />
        )}
      </Tabs>
    </div>
  );
}
