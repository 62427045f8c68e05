/** Dark, light, or as the system has it: one button that goes around. */
import { useState } from "react";
import { messages } from "../messages.js";
import { chooseTheme, nextTheme, themeChoice } from "../theme.js";

export function ThemeSwitch() {
  const [choice, setChoice] = useState(themeChoice);
  const next = () => {
    const chosen = nextTheme(choice);
    chooseTheme(chosen);
    setChoice(chosen);
  };
  return (
    <button type="button" className="quiet theme" onClick={next} aria-label={messages.theme.label(choice)}>
      {messages.theme.short[choice]}
    </button>
  );
}
