/** Words of first run, login and logout, and of what one may do. */
export const session = {
  login: {
    title: "Log in",
    ended: "Your session is over. Log in, and you are back where you were.",
    name: "Name",
    password: "Password",
    go: "Log in",
    going: "Logging in …",
    forgotten:
      "Forgotten? An admin sets a new password, or on the cloud's machine: tactus cloud users reset-password NAME",
  },
  welcome: {
    title: "Welcome to Tactus",
    intro:
      "This cloud has no admin yet. Choose a name and a password: you can then claim boxes, set rules and invite others. There is no default password, and nothing leaves this machine.",
    name: "Your name",
    nameHint: "Others see it beside what you do.",
    password: "Password",
    passwordHint: (length: number) =>
      length === 0 || length >= 10
        ? "At least 10 characters; a few words are good."
        : `At least 10 characters: ${10 - length} more.`,
    token: "Admin token",
    tokenHint: "It proves that this cloud is yours: see the file admin-token in its data directory.",
    go: "Make the first admin",
    going: "Making it …",
    done: "You are the admin of this cloud. What comes next:",
    claim: "Claim a box",
    fleet: "See the fleet",
    users: "Invite others",
  },
  access: {
    firstRun: "This needs an admin, and there is none yet.",
    makeAdmin: "Make the first admin",
    denied: (name: string) => `${name} may not do this.`,
    ask: "Ask an admin for another role.",
    offer: "Nobody is admin here yet: everybody on this machine sees the rooms and has a hand on them.",
  },
} as const;
