/** The device page of the address that is open. */
import { useParams } from "@tanstack/react-router";
import { DevicePage } from "./device-page.js";

export function DeviceRoute() {
  const { id } = useParams({ from: "/devices/$id" });
  return <DevicePage key={id} id={id} />;
}
