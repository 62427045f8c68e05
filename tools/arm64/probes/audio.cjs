/** Loads the given copy of naudiodon and lists what PortAudio can speak to. Prints JSON. */
const { join } = require("node:path");

const portaudio = require(join(process.argv[2], "naudiodon"));
const { HostAPIs } = portaudio.getHostAPIs();
console.log(JSON.stringify({ arch: process.arch, hostApis: HostAPIs.map((api) => api.name) }));
