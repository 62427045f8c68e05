import { expect, test } from "vitest";
import { Authenticator } from "./authenticator.js";

const internal = { username: "internal", password: "long-secret-of-our-own" };

function authenticator(publicRead = true): Authenticator {
  const credentials = [{ username: "bridge", password: "bridge-password" }];
  return new Authenticator({ publicRead, pairingCode: "ABCD-EFGH", credentials, internal });
}
const from = (username: string, password: string, address = "10.0.0.7") => ({ username, password, address });

test("a client without a name is anyone, or refused where the venue does not read publicly", () => {
  expect(authenticator().judge(from("", ""), 0)).toEqual({ role: "anyone" });
  expect(authenticator(false).judge(from("", ""), 0)).toEqual({ refused: "not-authorized" });
});

test("pairing code and credentials pair, our own secret is internal", () => {
  expect(authenticator().judge(from("pairing", "ABCD-EFGH"), 0)).toEqual({ role: "paired" });
  expect(authenticator().judge(from("bridge", "bridge-password"), 0)).toEqual({ role: "paired" });
  expect(authenticator().judge(from("internal", internal.password), 0)).toEqual({ role: "internal" });
});

test("a wrong password is refused and not taken for anyone", () => {
  expect(authenticator().judge(from("pairing", "ABCD-EFGX"), 0)).toEqual({ refused: "bad-login" });
  expect(authenticator().judge(from("nobody", ""), 0)).toEqual({ refused: "bad-login" });
});

test("after ten wrong codes an address waits a minute, and others do not", () => {
  const door = authenticator();
  for (let k = 0; k < 10; k++) door.judge(from("pairing", `guess-${k}`), k);

  expect(door.judge(from("pairing", "ABCD-EFGH"), 20)).toEqual({ refused: "try-later" });
  expect(door.judge(from("pairing", "ABCD-EFGH", "10.0.0.8"), 20)).toEqual({ role: "paired" });
  expect(door.judge(from("pairing", "ABCD-EFGH"), 61)).toEqual({ role: "paired" });
});

test("our own agent is let in while its address waits", () => {
  const door = authenticator();
  for (let k = 0; k < 10; k++) door.judge(from("internal", `guess-${k}`, "127.0.0.1"), k);

  expect(door.judge(from("internal", internal.password, "127.0.0.1"), 20)).toEqual({ role: "internal" });
});
